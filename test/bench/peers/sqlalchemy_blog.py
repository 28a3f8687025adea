"""SQLAlchemy in its 2.0 style: a session for each piece of work, joinedload and selectinload, cascades by the database.

Reads go through an engine in autocommit, which spares them BEGIN and ROLLBACK.
"""
import uuid

import sqlalchemy
from sqlalchemy import Boolean, Column, DateTime, ForeignKey, Integer, String, Table, Text
from sqlalchemy import create_engine, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.orm import Session, declarative_base, joinedload, relationship, selectinload

import worker

engine = create_engine("postgresql+psycopg2://", future=True)
reading = engine.execution_options(isolation_level="AUTOCOMMIT")
Base = declarative_base()


def key():
    return Column(UUID(as_uuid=True), primary_key=True, default=uuid.uuid4)


def link(target, **more):
    return Column(UUID(as_uuid=True), ForeignKey(target, ondelete="CASCADE"), nullable=False, **more)


class User(Base):
    __tablename__ = "users"
    id = key()
    email = Column(String, unique=True, nullable=False)
    name = Column(String(100), nullable=False)


class Tag(Base):
    __tablename__ = "tags"
    id = key()
    name = Column(String(30), unique=True, nullable=False)
    slug = Column(String(30), unique=True, nullable=False)


post_tags = Table("post_tags", Base.metadata, link("posts.id", name="post_id"), link("tags.id", name="tag_id"))


class Post(Base):
    __tablename__ = "posts"
    id = key()
    title = Column(String(200), nullable=False)
    content = Column(Text, nullable=False)
    published = Column(Boolean, default=False, nullable=False)
    views = Column(Integer, default=0, nullable=False)
    author_id = link("users.id")
    created_at = Column(DateTime(timezone=True), server_default=func.now())
    author = relationship(User)
    tags = relationship(Tag, secondary=post_tags)


class Draft(Base):
    __tablename__ = "drafts"
    id = key()
    title = Column(String(200), nullable=False)
    content = Column(Text, nullable=False)
    published = Column(Boolean, default=False, nullable=False)
    views = Column(Integer, default=0, nullable=False)
    author_id = link("users.id")
    created_at = Column(DateTime(timezone=True), server_default=func.now())


class Forum(Base):
    __tablename__ = "forums"
    id = key()
    batch = Column(Integer, index=True, nullable=False)


def read(statement):
    with Session(reading, future=True) as session:
        return session.execute(statement).scalars().all()


def written(statement, *rows):
    with Session(engine, future=True) as session:
        session.execute(statement, *rows)
        session.commit()


def get(k):
    with Session(reading, future=True) as session:
        return session.get(Post, worker.POSTS[k])


def listed(k):
    return read(select(Post).where(Post.author_id == worker.USERS[k]).options(joinedload(Post.author))
                .order_by(Post.created_at.desc()).limit(20))


def page(k):
    return read(select(Post).where(Post.id > worker.POSTS[k]).options(joinedload(Post.author), selectinload(Post.tags))
                .order_by(Post.id).limit(worker.PAGE))


def create(k):
    with Session(engine, future=True) as session:
        session.add(Draft(title="A draft", content=worker.CONTENT, author_id=worker.USERS[k]))
        session.commit()


def bulk_create(_):
    written(insert(Draft), worker.new_drafts("author_id"))


def update_one(k):
    written(update(Draft).where(Draft.id == worker.DRAFTS[k]).values(views=k)
            .execution_options(synchronize_session=False))


def delete_forums(_):
    written(delete(Forum).where(Forum.batch == 1).execution_options(synchronize_session=False))


worker.serve(
    f"SQLAlchemy {sqlalchemy.__version__}",
    {"get": get, "list": listed, "page": page, "create": create, "bulk_create": bulk_create, "update": update_one,
     "delete": delete_forums},
    {"get": lambda post: post.title,
     "list": lambda posts: [[post.title, post.author.email] for post in posts],
     "page": lambda posts: [[post.title, post.author.email, sorted(tag.name for tag in post.tags)] for post in posts]})
