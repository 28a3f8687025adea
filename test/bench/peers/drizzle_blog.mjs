// Drizzle over node-postgres: relational queries, everything that repeats as a prepared statement with placeholders.
import { desc, eq, gt, relations, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { boolean, integer, pgTable, text, timestamp, uuid, varchar } from 'drizzle-orm/pg-core';
import pg from 'pg';

import { CONTENT, DRAFTS, newDrafts, PAGE, POSTS, serve, USERS, version } from './worker.mjs';

const BATCH = 1000;

const users = pgTable('users', {
	id: uuid('id').primaryKey().defaultRandom(),
	email: text('email').notNull().unique(),
	name: varchar('name', { length: 100 }).notNull(),
});
const tags = pgTable('tags', {
	id: uuid('id').primaryKey().defaultRandom(),
	name: varchar('name', { length: 30 }).notNull().unique(),
	slug: varchar('slug', { length: 30 }).notNull().unique(),
});
const entry = () => ({
	id: uuid('id').primaryKey().defaultRandom(),
	title: varchar('title', { length: 200 }).notNull(),
	content: text('content').notNull(),
	published: boolean('published').notNull().default(false),
	views: integer('views').notNull().default(0),
	authorId: uuid('author_id').notNull().references(() => users.id, { onDelete: 'cascade' }),
	createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
});
const posts = pgTable('posts', entry());
const drafts = pgTable('drafts', entry());
const postTags = pgTable('post_tags', {
	id: uuid('id').primaryKey().defaultRandom(),
	postId: uuid('post_id').notNull().references(() => posts.id, { onDelete: 'cascade' }),
	tagId: uuid('tag_id').notNull().references(() => tags.id, { onDelete: 'cascade' }),
});
const forums = pgTable('forums', {
	id: uuid('id').primaryKey().defaultRandom(),
	batch: integer('batch').notNull(),
});

const schema = {
	users, tags, posts, drafts, postTags, forums,
	postRelations: relations(posts, ({ one, many }) => ({
		author: one(users, { fields: [posts.authorId], references: [users.id] }),
		postTags: many(postTags),
	})),
	postTagRelations: relations(postTags, ({ one }) => ({
		post: one(posts, { fields: [postTags.postId], references: [posts.id] }),
		tag: one(tags, { fields: [postTags.tagId], references: [tags.id] }),
	})),
};

const client = new pg.Client();
await client.connect();
const db = drizzle(client, { schema });

const get = db.query.posts.findFirst({ where: eq(posts.id, sql.placeholder('key')) }).prepare('get');
const list = db.query.posts.findMany({
	where: eq(posts.authorId, sql.placeholder('author')), orderBy: desc(posts.createdAt), limit: 20,
	with: { author: true },
}).prepare('list');
const page = db.query.posts.findMany({
	where: gt(posts.id, sql.placeholder('after')), orderBy: posts.id, limit: PAGE,
	with: { author: true, postTags: { columns: {}, with: { tag: true } } },
}).prepare('page');
const create = db.insert(drafts).values({
	title: sql.placeholder('title'), content: sql.placeholder('content'), authorId: sql.placeholder('author'),
}).returning().prepare('create');
const update = db.update(drafts).set({ views: sql`${sql.placeholder('views')}` })
	.where(eq(drafts.id, sql.placeholder('key'))).prepare('update');

async function bulkCreate() {
	const rows = newDrafts('authorId');
	await db.transaction(async (transaction) => {
		for (let from = 0; from < rows.length; from += BATCH)
			await transaction.insert(drafts).values(rows.slice(from, from + BATCH)).returning({ id: drafts.id });
	});
}

await serve(`Drizzle ${version('drizzle-orm')}`, {
	get: (k) => get.execute({ key: POSTS[k] }),
	list: (k) => list.execute({ author: USERS[k] }),
	page: (k) => page.execute({ after: POSTS[k] }),
	create: (k) => create.execute({ title: 'A draft', content: CONTENT, author: USERS[k] }),
	bulk_create: bulkCreate,
	update: (k) => update.execute({ views: k, key: DRAFTS[k] }),
	delete: () => db.delete(forums).where(eq(forums.batch, 1)),
}, {
	get: (post) => post.title,
	list: (found) => found.map((post) => [post.title, post.author.email]),
	page: (found) => found.map((post) => [
		post.title, post.author.email, post.postTags.map(({ tag }) => tag.name).sort(),
	]),
});
