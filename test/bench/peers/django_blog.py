"""Django: select_related and prefetch_related, bulk_create in batches, cascades by its collector, autocommit."""
import os
import uuid

import django
from django.conf import settings

import worker

settings.configure(INSTALLED_APPS=["__main__"], USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
                   DATABASES={"default": {
    "ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"], "HOST": os.environ["PGHOST"],
    "PORT": os.environ["PGPORT"], "USER": os.environ["PGUSER"]}})
django.setup()

from django.db import models  # noqa: E402 (needs the settings)

BATCH = 1000


def table(name):
    return type("Meta", (), {"app_label": "__main__", "managed": False, "db_table": name})


class User(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100)
    Meta = table("users")


class Tag(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=30, unique=True)
    slug = models.CharField(max_length=30, unique=True)
    Meta = table("tags")


class Entry(models.Model):
    """What posts and drafts have in common."""
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    title = models.CharField(max_length=200)
    content = models.TextField()
    published = models.BooleanField(default=False)
    views = models.IntegerField(default=0)
    author = models.ForeignKey(User, on_delete=models.CASCADE)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class Post(Entry):
    tags = models.ManyToManyField(Tag, related_name="posts", db_table="post_tags")
    Meta = table("posts")


class Draft(Entry):
    Meta = table("drafts")


class Forum(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    batch = models.IntegerField(db_index=True)
    Meta = table("forums")


class Thread(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    forum = models.ForeignKey(Forum, on_delete=models.CASCADE)
    Meta = table("threads")


class Message(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE)
    Meta = table("messages")


class Reaction(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    message = models.ForeignKey(Message, on_delete=models.CASCADE)
    Meta = table("reactions")


def get(k):
    return Post.objects.get(pk=worker.POSTS[k])


def listed(k):
    return list(Post.objects.filter(author_id=worker.USERS[k]).select_related("author").order_by("-created_at")[:20])


def page(k):
    return list(Post.objects.filter(id__gt=worker.POSTS[k]).select_related("author").prefetch_related("tags")
                .order_by("id")[:worker.PAGE])


def create(k):
    return Draft.objects.create(title="A draft", content=worker.CONTENT, author_id=worker.USERS[k])


def bulk_create(_):
    return Draft.objects.bulk_create([Draft(**draft) for draft in worker.new_drafts("author_id")], batch_size=BATCH)


def update(k):
    return Draft.objects.filter(pk=worker.DRAFTS[k]).update(views=k)


def delete(_):
    return Forum.objects.filter(batch=1).delete()


worker.serve(
    f"Django {django.get_version()}",
    {"get": get, "list": listed, "page": page, "create": create, "bulk_create": bulk_create, "update": update,
     "delete": delete},
    {"get": lambda post: post.title,
     "list": lambda posts: [[post.title, post.author.email] for post in posts],
     "page": lambda posts: [[post.title, post.author.email, sorted(tag.name for tag in post.tags.all())]
                            for post in posts]})
