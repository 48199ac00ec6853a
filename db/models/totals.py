"""What is reviewed of each video, counted: pages that tell it of the whole library add these rows instead of counting.

Nothing here is the truth of anything: every row can be counted again from decisions, spans and proposals.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base


class ReviewTotal(Base):
    """One video as a label set would take it now; true as long as `revision` is the video's.

    `annotator_id` is whose decisions count, empty where nobody has reviewed anything. `warnings` are sentences.
    """

    __tablename__ = "review_totals"

    video_id: Mapped[int] = mapped_column(ForeignKey("videos.id"), primary_key=True, autoincrement=False)
    revision: Mapped[int]
    annotator_id: Mapped[int | None] = mapped_column(ForeignKey("annotators.id"))
    reviewed_seconds: Mapped[float] = mapped_column(default=0.0)
    empty_seconds: Mapped[float] = mapped_column(default=0.0)
    macro: Mapped[int] = mapped_column(default=0)
    micro: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    unsure: Mapped[int] = mapped_column(default=0)
    warning_count: Mapped[int] = mapped_column(default=0)
    warnings: Mapped[list[Any]] = mapped_column(default=list)
