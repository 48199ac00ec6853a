"""Signing in: accounts, sessions, invitations, and the tries that slow down who guesses. Secrets are kept as hashes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, now, one_of
from db.models.people import ROLES


class Account(Base):
    """How an annotator signs in: with a password, through a provider (issuer and subject), or both.

    `site_admin`: looks after the installation: makes studies, renews passwords, sees the whole audit.
    """

    __tablename__ = "accounts"
    __table_args__ = (
        UniqueConstraint("issuer", "subject"),
        CheckConstraint("(issuer IS NULL) = (subject IS NULL)", name="provider_whole"),
    )

    annotator_id: Mapped[int] = mapped_column(ForeignKey("annotators.id"), primary_key=True)
    password_hash: Mapped[str | None]
    issuer: Mapped[str | None] = mapped_column(String(300))
    subject: Mapped[str | None] = mapped_column(String(300))
    site_admin: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime] = mapped_column(default=now)


class SignInSession(Base):
    """A browser that somebody signed in with. Its cookie holds the secret, the table the secret's SHA-256."""

    __tablename__ = "sessions"
    __table_args__ = (UniqueConstraint("secret_hash"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    secret_hash: Mapped[str] = mapped_column(String(64))
    annotator_id: Mapped[int] = mapped_column(ForeignKey("annotators.id"), index=True)
    study_id: Mapped[int | None] = mapped_column(ForeignKey("studies.id"))  # worked in now
    agent: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]


class Invitation(Base):
    """A link that makes an account, or gives a known annotator a new password. Good once, and not for long."""

    __tablename__ = "invitations"
    __table_args__ = (
        UniqueConstraint("code_hash"),
        one_of("role", ROLES),
        CheckConstraint("(study_id IS NULL) = (role IS NULL)", name="role_in_study"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    study_id: Mapped[int | None] = mapped_column(ForeignKey("studies.id"))
    role: Mapped[str | None] = mapped_column(Code)
    annotator_id: Mapped[int | None] = mapped_column(ForeignKey("annotators.id"))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("annotators.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignInTry(Base):
    """One try to sign in; the name is hashed, because people type passwords into the wrong box."""

    __tablename__ = "sign_in_tries"

    id: Mapped[int] = mapped_column(primary_key=True)
    name_hash: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(64))
    succeeded: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = mapped_column(default=now, index=True)


class VideoAssignment(Base):
    """This annotator is to code this video."""

    __tablename__ = "video_assignments"
    __table_args__ = (UniqueConstraint("video_id", "annotator_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    video_id: Mapped[int] = mapped_column(ForeignKey("videos.id"))
    annotator_id: Mapped[int] = mapped_column(ForeignKey("annotators.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
