"""The one door through which logged and frozen rows may go.

Operations, proposals and frozen label-set rows refuse DELETE by trigger, except for a video with an erasure that is
open. A service opens it, deletes and closes it in one transaction, so outside of that transaction the door is shut; the
closed row stays as the record that something was removed, when and by whom, without saying who was in the video.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, now


class Erasure(Base):
    __tablename__ = "erasures"

    id: Mapped[int] = mapped_column(primary_key=True)
    video_id: Mapped[int] = mapped_column(index=True)
    open: Mapped[bool] = mapped_column(default=True)
    erased_by: Mapped[int | None]
    erased_at: Mapped[datetime] = mapped_column(default=now)
