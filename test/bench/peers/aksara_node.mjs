// aksara through node-postgres: prepared calls, objects in and out.
import pg from 'pg';

import { CONTENT, DRAFTS, newDrafts, PAGE, POSTS, serve, USERS, version } from './worker.mjs';

const client = new pg.Client();
await client.connect();

// The value of a call; its text names the prepared statement.
async function one(call, ...values) {
	const { rows } = await client.query({ name: call, text: `SELECT aksara.${call} AS value`, values });
	return rows[0].value;
}

const list = (k) => one('fetch_all($1)', {
	model: 'Post', filter: { author: USERS[k] }, order_by: ['-created_at'], limit: 20, select_related: ['author'],
});

const page = (k) => one('fetch_all($1)', {
	model: 'Post', filter: { id__gt: POSTS[k] }, order_by: ['id'], limit: PAGE, select_related: ['author'],
	prefetch_related: ['tags'],
});

await serve(`aksara through pg ${version('pg')}`, {
	get: (k) => one("get_by_key('Post', $1)", POSTS[k]),
	list,
	page,
	create: (k) => one("create('Draft', $1)", { title: 'A draft', content: CONTENT, author_id: USERS[k] }),
	bulk_create: () => one("bulk_create('Draft', $1)", JSON.stringify(newDrafts('author_id'))),
	update: (k) => one('update($1, $2)', { model: 'Draft', filter: { id: DRAFTS[k] } }, { views: k }),
	delete: () => one('delete($1)', { model: 'Forum', filter: { batch: 1 } }),
}, {
	get: (post) => post.title,
	list: (posts) => posts.map((post) => [post.title, post.author.email]),
	page: (posts) => posts.map((post) => [post.title, post.author.email, post.tags.map((tag) => tag.name).sort()]),
});
