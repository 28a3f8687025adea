// The blog through node-postgres: every value is a parameter without a type, and no cast stands in the SQL.
//
// The server chooses each parameter's type, so what arrives is the overload for text.  Objects go out as JSON, but
// JavaScript arrays as PostgreSQL's {…}: a list of documents is therefore passed through JSON.stringify.  The connection
// belongs to a role with a search_path, and nothing is left in the session, so that the same walk passes through a pooler
// (AKSARA_POOLED is set then).  One line per check, in TAP.
'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { randomUUID } = require('node:crypto');
const { Client } = require('pg');

const ROLE = 'regress_node_owner';
const STRANGER = 'regress_node_stranger';
const FILTERED = 'aksara.objects($1, aksara.filter($2, $3))';
const FIRST = 'Getting Started with Python';
const POOLED = 'AKSARA_POOLED' in process.env;
let client;

let checks = 0;
let failures = 0;

function report(good, name, ...notes) {
	checks++;
	if (!good)
		failures++;
	console.log(`${good ? 'ok' : 'not ok'} ${checks} - ${name}`);
	if (!good)
		for (const note of notes)
			console.log(`#   ${note}`);
}

function equal(seen, expected, name) {
	try {
		assert.deepStrictEqual(seen, expected);
		report(true, name);
	} catch {
		report(false, name, `expected ${JSON.stringify(expected)}`, `seen     ${JSON.stringify(seen)}`);
	}
}

// A statement; what does not begin as one is a call of aksara.
const statement = (sql) => (/^[A-Z]/.test(sql) ? sql : `SELECT aksara.${sql}`);
const rows = async (sql, ...values) =>
	(await client.query({ text: statement(sql), values, rowMode: 'array' })).rows;
// The first row of a statement, and its first column.
const row = async (sql, ...values) => (await rows(sql, ...values))[0];
const one = async (sql, ...values) => (await row(sql, ...values))?.[0];

// What is run inside is run by this user.
async function connected(user, inside) {
	const outer = client;
	client = new Client(user ? { user } : {});
	await client.connect();
	try {
		await inside();
	} finally {
		await client.end();
		client = outer;
	}
}

// Runs a part; an error that nobody expects is a failure of that part alone.
async function section(part) {
	console.log(`# ${part.name}`);
	try {
		await part();
	} catch (error) {
		report(false, part.name, `${error.code} ${error.message}`, error.hint ?? '', error.stack);
	}
}

// The statement is refused: this SQLSTATE, these diagnostic fields, these words in message, hint and detail.
async function fails(sqlstate, name, sql, values, { says, hint, detail, ...fields } = {}) {
	let seen;
	try {
		seen = await row(sql, ...values);
	} catch (error) {
		const notes = error.code === sqlstate ? [] : [`expected ${sqlstate}, seen ${error.code}`];
		for (const [what, wanted] of [['message', says], ['hint', hint], ['detail', detail]])
			if (wanted !== undefined && !(error[what] ?? '').includes(wanted))
				notes.push(`${what} should say ${JSON.stringify(wanted)}`);
		for (const [field, wanted] of Object.entries(fields))
			if (error[field] !== wanted)
				notes.push(`${field} should be ${wanted}, is ${error[field]}`);
		report(notes.length === 0, `${sqlstate} ${name}`, ...notes, error.message, error.hint ?? '',
			error.detail ?? '');
		return error;
	}
	report(false, `${sqlstate} ${name}`, `no error, but ${JSON.stringify(seen)}`);
	return undefined;
}

const create = (model, values) => one('create($1, $2)', model, values);
// Titles of the posts that a query set selects, as fetch_all gives them.
const titles = async (sql, ...values) => (await one(`fetch_all(${sql})`, ...values)).map((post) => post.title);
const sorted = (list) => [...list].sort();

// ---- the blog ----

const things = {};	// rows by a short name

async function definitions() {
	for (const { name, fields, meta = {} } of JSON.parse(fs.readFileSync(path.join(__dirname, 'blog.json'), 'utf8'))) {
		const table = await one('create_model($1, $2, $3)', name, fields, meta);
		report(Boolean(table), `create_model ${name} gives ${table}`);
	}
	await one('create_model($1, $2)', 'Box',
		{ id: { type: 'BigInteger', primary_key: true }, name: 'String' });
	equal((await one('describe($1)', 'Post')).name, 'Post', 'describe');
}

async function creation() {
	const jane = things.jane = await create('User', { email: 'jane@example.com', name: 'Jane' });
	const john = things.john = await create('User', { email: 'john@example.com', name: 'John' });
	equal(Object.keys(jane), ['id', 'email', 'name'], 'create gives the row, keys in field order');
	equal((await create('UserProfile', { user: jane, bio: 'Tech writer' })).user_id, jane.id,
		'an object stands for its row');
	const tech = things.tech = await create('Category', { name: 'Technology', slug: 'tech' });
	const python = things.python = await create('Category', { name: 'Python', slug: 'python', parent: tech });
	equal(python.parent_id, tech.id, 'a self-reference by object');
	for (const slug of ['tutorial', 'beginner', 'news'])
		things[slug] = await create('Tag', { name: slug[0].toUpperCase() + slug.slice(1), slug });
	const post = things.post = await create('Post', {
		title: FIRST, content: 'Learn Python basics…', author: jane, category: python, published: true, views: 10,
		published_on: '2024-05-01', reference: '00000000-0000-0000-0000-000000000001',
	});
	equal([post.author_id, post.category_id], [jane.id, python.id], 'create with objects');
	equal([post.published, post.views, post.published_on], [true, 10, '2024-05-01'], 'values as they were given');
	report(Boolean(post.created_at), 'auto_now_add');
	const second = things.second = await create('Post', {
		title: 'Second', content: '…', author_id: jane.id, category_id: tech.id, views: 20, published_on: '2024-06-01',
	});
	equal([second.author_id, second.published, second.reference], [jane.id, false, null],
		'create with ids, an absent key takes its default');
	things.third = await create('Post', { title: 'Third', content: '100% _sure_', author: john.id, published: true });
	equal(things.third.author_id, john.id, 'the key itself in the place of the object');
}

async function single_rows() {
	const { post, second, third, jane } = things;
	equal(await one('get($1, $2)', 'Post', { title: 'Second' }), second, 'get by conditions');
	equal(await one(`get(${FILTERED})`, 'Post', 'title', 'Second'), second, 'get of a query set');
	equal(await one('get_by_key($1, $2)', 'Post', post.id), post, 'get_by_key');
	equal(await one('get_or_none($1, $2)', 'Post', { title: 'None' }), null, 'get_or_none');
	equal(await one('get($1, $2)', 'Post', { author: jane, title: 'Second' }), second, 'an object as a condition');
	equal(await one('count($1, $2)', 'Post', { author__email: 'jane@example.com' }), '2', 'count');
	equal(await one('exists($1, $2)', 'Post', { views__gt: 100 }), false, 'exists');
	equal(await one('first(aksara.objects($1, aksara.order_by($2)))', 'Post', '-title'), third, 'first');
	equal(await one('last(aksara.objects($1, aksara.order_by($2)))', 'Post', '-title'), post, 'last');
	equal(await one('in_bulk($1, $2)', { model: 'Post' }, JSON.stringify([post.id])), { [post.id]: post }, 'in_bulk');
}

async function bound_values() {
	const ordered = "aksara.objects($1, aksara.filter($2, $3), aksara.order_by('title'))";
	const { second, third, john } = things;
	const soon = new Date(Date.now() + 3600_000);
	for (const [name, field, value, wanted] of [
		['text', 'title', 'Second', ['Second']],
		['text with wildcards', 'content__contains', '% _', ['Third']],
		['an integer', 'views__gte', 10, [FIRST, 'Second']],
		['a boolean', 'published', true, [FIRST, 'Third']],
		['a date', 'published_on', '2024-05-01', [FIRST]],
		['a Date', 'created_at__lt', soon, [FIRST, 'Second', 'Third']],
		['a uuid', 'reference', '00000000-0000-0000-0000-000000000001', [FIRST]],
		['the key of a relation', 'author', john.id, ['Third']],
		['the key column', 'author_id', john.id, ['Third']],
		['an object', 'author', john, ['Third']],
		['a path', 'author__email', 'john@example.com', ['Third']],
		['a path of two steps', 'category__parent__slug', 'tech', [FIRST]],
		['pk', 'pk', third.id, ['Third']],
		['isnull', 'published_on__isnull', true, ['Third']],
		['isnull, false', 'published_on__isnull', false, [FIRST, 'Second']],
		['a list of text', 'title__in', ['Second', 'Third', 'a "quoted", one'], ['Second', 'Third']],
		['a list of integers', 'views__in', [10, 20], [FIRST, 'Second']],
		['a list of dates', 'published_on__in', ['2024-06-01'], ['Second']],
		['a list of uuids', 'id__in', [second.id], ['Second']],
		['a list with null', 'title__in', ['Second', null], ['Second']],
		['an empty list', 'title__in', [], []],
		['a range', 'views__range', [5, 15], [FIRST]],
		['null, which matches nothing', 'published_on', null, []],
	]) {
		try {
			equal(await titles(ordered, 'Post', field, value), wanted, `filter by ${name}`);
		} catch (error) {
			report(false, `filter by ${name}`, `${error.code} ${error.message}`);
		}
	}
	equal(await titles('$1', { model: 'Post', filter: { published_on: null } }), ['Third'], 'null in a document');
	equal(await titles('aksara.objects($1, aksara.filter($2, $3, $4, $5))', 'Post', 'published', true, 'views', 10),
		[FIRST], 'several pairs');
	equal(await titles('aksara.objects($1, aksara.exclude($2, $3), aksara.order_by($4))', 'Post', 'category__slug',
		'tech', 'title'),
		[FIRST, 'Third'], 'exclude is the exact complement');
	equal(await titles('aksara.filter(aksara.objects($1), $2, $3)', 'Post', 'views', 20), ['Second'],
		'a builder that takes a query set');
	// A statement with a name is the session's: a pooler that does not know them cannot have any.
	const prepared = { name: POOLED ? undefined : 'by_author', text: `SELECT aksara.count(${FILTERED})`, rowMode: 'array' };
	const counts = [];
	for (let i = 0; i < 12; i++)
		counts.push((await client.query({ ...prepared,
			values: ['Post', 'author__name', i % 3 === 2 ? null : ['Jane', 'John'][i % 3]] })).rows[0][0]);
	equal(counts, Array(4).fill(['2', '1', '0']).flat(),
		'a named statement, planned once, with changing values and null');
}

async function order_and_slice() {
	equal(await titles('aksara.objects($1, aksara.order_by($2, $3))', 'Post', '-published', 'title'),
		[FIRST, 'Third', 'Second'], 'order_by');
	equal(await titles('aksara.objects($1, aksara.order_by($2), aksara.slice($3))', 'Post', 'title', 1), [FIRST],
		'slice(n)');
	equal(await titles('aksara.objects($1, aksara.order_by($2), aksara.slice($3, $4))', 'Post', 'title', 1, 3),
		['Second', 'Third'], 'slice(from, to)');
	equal((await titles('aksara.objects($1, aksara.order_by($2), aksara.reverse())', 'Post', 'title'))[0], 'Third',
		'reverse');
}

async function many_to_many() {
	const { post, tutorial, beginner, news } = things;
	const names = async () => (await one('fetch_all(aksara.related($1, $2, $3))', 'Post', post.id,
		'tags')).map((tag) => tag.name);

	await row('related_add($1, $2, $3, $4, $5)', 'Post', post.id, 'tags', tutorial.id, beginner.id);
	equal(await names(), ['Beginner', 'Tutorial'], 'related_add');
	await row('related_add($1, $2, $3, $4)', 'Post', post.id, 'tags', news);
	equal(await names(), ['Beginner', 'News', 'Tutorial'], 'related_add of an object');
	await row('related_add($1, $2, $3, $4)', 'Post', post, 'tags', news.id);
	equal(await names(), ['Beginner', 'News', 'Tutorial'], 'to an object; adding twice changes nothing');
	equal(await one('related_contains($1, $2, $3, $4)', 'Post', post.id, 'tags', news.id), true, 'related_contains');
	await row('related_remove($1, $2, $3, $4)', 'Post', post.id, 'tags', news.id);
	equal(await one('related_contains($1, $2, $3, $4)', 'Post', post.id, 'tags', news), false, 'related_remove');
	await row('related_set($1, $2, $3, $4, $5)', 'Post', post.id, 'tags', news.id, tutorial.id);
	equal(await names(), ['News', 'Tutorial'], 'related_set');
	equal(await one('related_clear($1, $2, $3)', 'Post', post.id, 'tags'), 2, 'related_clear');
	await row('related_set($1, $2, $3, $4, $5)', 'Post', post.id, 'tags', tutorial.id, beginner.id);
	equal(await titles('aksara.related($1, $2, $3)', 'Tag', tutorial.id, 'posts'), [FIRST], 'the other side');
	equal(await titles(FILTERED, 'Post', 'tags__name', 'Tutorial'), [FIRST], 'a filter over tags');
	equal(await titles(FILTERED, 'Post', 'tags__name__in', ['Tutorial', 'Beginner']), [FIRST],
		'a row is never returned twice');
}

async function reverse_access() {
	const { jane, john, tech } = things;
	equal(await titles('aksara.related($1, $2, $3, aksara.order_by($4))', 'User', jane.id, 'posts', 'title'),
		[FIRST, 'Second'], 'related');
	equal(await titles('aksara.related($1, $2, $3, aksara.filter($4, $5))', 'User', jane.id, 'posts', 'published',
		true), [FIRST], 'related with a filter');
	equal(await one('count(aksara.related($1, $2, $3))', 'User', jane.id, 'posts'), '2', 'its count');
	equal((await one('get(aksara.related($1, $2, $3))', 'User', jane.id, 'profile')).bio, 'Tech writer', 'one-to-one');
	await fails('P0002', 'one-to-one without a row', 'get(aksara.related($1, $2, $3))', ['User', john.id, 'profile']);
	equal((await one('fetch_all(aksara.related($1, $2, $3))', 'Category', tech.id, 'children')).map((c) => c.slug),
		['python'], 'children');
}

async function nested_documents() {
	const users = await rows('fetch($1)',
		{ model: 'User', order_by: ['name'], select_related: ['profile'], prefetch_related: ['posts__tags'] });
	const [jane, john] = users.map(([user]) => user);
	equal(sorted(jane.posts.map((post) => post.title)), [FIRST, 'Second'], 'prefetch of the reverse side');
	equal(jane.posts.find((post) => post.title === FIRST).tags.map((tag) => tag.name), ['Beginner', 'Tutorial'],
		'prefetch of two levels');
	equal([jane.profile.bio, john.profile], ['Tech writer', null], 'one-to-one is an object or null');
	const post = await one(`get(aksara.objects($1, aksara.filter($2, $3), aksara.select_related($4, $5),
		aksara.prefetch_related($6)))`, 'Post', 'title', FIRST, 'author', 'category__parent', 'tags');
	equal([post.author.name, post.category.parent.slug, post.tags.length], ['Jane', 'tech', 2],
		'select_related of two steps');
}

async function typed_rows() {
	const found = (await client.query(`SELECT title, views, created_at FROM aksara.rows(NULL::posts,
		aksara.objects($1, aksara.filter($2, $3))) ORDER BY title`, ['Post', 'author__email', 'jane@example.com'])).rows;
	equal(found.map((post) => [post.title, post.views]), [[FIRST, 10], ['Second', 20]], 'rows');
	report(found[0].created_at instanceof Date, 'rows have their types');
	equal(await one(`SELECT count(*) FROM aksara.rows(NULL::posts, $1) p
		JOIN users u ON u.id = p.author_id WHERE u.name = $2`,
		{ model: 'Post' }, 'Jane'), '2', 'rows in a join');
}

async function writes() {
	const { second } = things;
	equal(await one('update(aksara.objects($1, aksara.filter($2, $3)), $4)', 'Post', 'views__gte', 20,
		{ views: 21, published: true }), '1', 'update');
	const saved = await one('save($1, $2)', 'Post', { id: second.id, title: 'Second, revised' });
	equal([saved.title, saved.views], ['Second, revised', 21], 'save writes the given fields');
	report(Boolean((await one('save($1, $2)', 'Tag', { name: 'Fresh', slug: 'fresh' })).id),
		'save without a key inserts');
	equal((await one('save($1, $2)', 'Post', { ...saved, views: 22 })).views, 22, 'a row that was read is saved back');
	const tags = Array.from({ length: 100 }, (_, n) => ({ name: `Tag ${n}`, slug: `tag-${n}` }));
	equal((await rows('bulk_create($1, $2)', 'Tag', JSON.stringify(tags))).length, 100, 'bulk_create gives its keys');
	equal(await one('count($1, $2)', 'Tag', { slug__startswith: 'tag-' }), '100', 'bulk_create');
	const [tag, fresh] = await row('SELECT * FROM aksara.get_or_create($1, $2, $3)', 'Tag', { slug: 'new' },
		{ name: 'New' });
	equal([tag.name, fresh], ['New', true], 'get_or_create creates');
	equal(await row('SELECT * FROM aksara.get_or_create($1, $2, $3)', 'Tag', { slug: 'new' }, { name: 'Other' }),
		[tag, false], 'get_or_create gets');
	equal(await row("SELECT object ->> 'name', created FROM aksara.update_or_create($1, $2, $3)", 'Tag', { slug: 'new' },
		{ name: 'Newer' }), ['Newer', false], 'update_or_create');
	equal(await row("SELECT object ->> 'name', created FROM aksara.upsert($1, $2, $3)", 'Tag',
		{ slug: 'new', name: 'Newest' }, ['slug']), ['Newest', false], 'upsert, an array of keys');
	equal(await one('bulk_update($1, $2, $3)', 'Tag', JSON.stringify([{ ...tag, name: 'New' }]), ['name']), '1',
		'bulk_update');
	const made = await one('related_create($1, $2, $3, $4)', 'Post', second.id, 'tags', { name: 'Made', slug: 'made' });
	equal(await one('related_contains($1, $2, $3, $4)', 'Post', second.id, 'tags', made.id), true, 'related_create');
}

async function composite_keys() {
	await one('create_model($1, $2, $3)', 'Seat', { hall: 'String', number: 'Integer', taken: 'Boolean' },
		{ primary_key: ['hall', 'number'] });
	const seat = await create('Seat', { hall: 'A', number: 7, taken: false });
	equal(await one('get_by_key($1, $2, $3)', 'Seat', 'A', 7), seat, 'get_by_key of two parts');
	equal((await one('save($1, $2)', 'Seat', { ...seat, taken: true })).taken, true, 'save');
	equal((await one('delete_by_key($1, $2, $3)', 'Seat', 'A', 7)).total, 1, 'delete_by_key');
}

async function deletion() {
	equal((await one('delete(aksara.objects($1, aksara.filter($2, $3)))', 'Tag', 'slug__startswith', 'tag-')).total,
		100, 'delete');
	equal((await one('delete_by_key($1, $2)', 'Category', things.python.id)).total, 1, 'delete_by_key');
	equal((await one('get_by_key($1, $2)', 'Post', things.post.id)).category_id, null, 'SET_NULL');
	const gone = await one('delete(aksara.objects($1, aksara.filter($2, $3)))', 'User', 'email', 'john@example.com');
	equal(gone.total, 2, 'CASCADE is counted');
	report('by_model' in gone, 'by_model');
}

// ---- refusals ----

async function no_row_and_several() {
	await fails('P0002', 'get without a row', 'get($1, $2)', ['Post', { title: 'nothing' }]);
	await fails('P0002', 'get_by_key without a row', 'get_by_key($1, $2)', ['Post', randomUUID()]);
	await fails('P0002', 'save of a row that is gone', 'save($1, $2)', ['Tag', { id: randomUUID(), name: 'x' }]);
	await fails('P0003', 'get with several rows', 'get($1, $2)', ['Post', { author: things.jane }]);
}

async function unknown_names() {
	await fails('42P01', 'unknown model', 'create($1, $2)', ['Pots', {}], { hint: 'Post' });
	await fails('42P01', 'unknown model in a document', 'fetch_all($1)', [{ model: 'Usr' }], { hint: 'User' });
	await fails('42703', 'unknown field in a filter', `count(${FILTERED})`, ['Post', 'titel', 'x'],
		{ hint: 'title' });
	await fails('42703', 'unknown field in a document', 'create($1, $2)', ['Tag', { name: 'a', slug: 'a', nmae: 'b' }],
		{ hint: 'name', schema: 'blog', table: 'tags', column: undefined });
	await fails('42703', 'unknown step', 'count($1, $2)', ['Post', { autor__email: 'x' }], { hint: 'author' });
	await fails('42703', 'unknown accessor', 'related_clear($1, $2, $3)', ['Post', things.post.id, 'tag'],
		{ hint: 'tags' });
	await fails('42703', 'unknown prefetch', 'fetch_all($1)', [{ model: 'Post', prefetch_related: ['tag'] }],
		{ hint: 'tags' });
	await fails('42883', 'unknown lookup', 'count($1, $2)', ['Post', { title__containz: 'x' }], { hint: 'contains' });
	await fails('22023', 'unknown word of the grammar', 'fetch_all($1)', [{ model: 'Post', filtr: {} }],
		{ hint: 'filter' });
}

async function definitions_refused() {
	const refused = 'create_model($1, $2)';
	await fails('42P16', 'unknown option', refused, ['Bad', { a: { type: 'String', max_lenght: 5 } }],
		{ hint: 'max_length' });
	await fails('42P16', 'unknown type', refused, ['Bad', { a: 'Strng' }], { hint: 'String' });
	await fails('42P16', 'SET_NULL without nullable', refused,
		['Bad', { a: { type: 'ForeignKey', to: 'User', on_delete: 'SET_NULL' } }]);
	await fails('42P16', 'clash of reverse names', refused,
		['Bad', { a: { type: 'ForeignKey', to: 'User', on_delete: 'CASCADE', related_name: 'posts' } }]);
}

async function bad_values() {
	const write = 'create($1, $2)';
	const bound = `count(${FILTERED})`;
	const post = (values) => ['Post', { title: 't', content: 'c', author: things.jane.id, ...values }];
	await fails('22023', 'a number with a fraction for an integer', write, post({ views: 1.9 }),
		{ column: 'views', table: 'posts', schema: 'blog' });
	await fails('22023', 'true for a number', write, post({ views: true }), { column: 'views' });
	await fails('22023', 'no date', write, post({ published_on: 'yesterday?' }), { column: 'published_on' });
	await fails('22P02', 'no uuid', write, post({ reference: 'x' }), { column: 'reference' });
	await fails('22P02', 'no uuid as a bound value', bound, ['Post', 'reference', 'x']);
	await fails('22023', 'no integer as a bound value', bound, ['Post', 'views', 'x']);
	await fails('22P02', 'no JSON', write, ['Post', '{']);
	await fails('22030', 'a key twice', write, ['Tag', '{"name": "a", "name": "b"}']);
	const several = await fails('23514', 'several problems of one document together', write,
		['Post', { views: 'x', title: null }]);
	if (several?.detail?.startsWith('{'))
		equal(sorted(Object.keys(JSON.parse(several.detail))), ['author', 'content', 'title', 'views'],
			'DETAIL is a map of all of them');
}

async function nulls() {
	for (const [name, sql, values] of [
		['model', 'create($1, $2)', [null, {}]],
		['document', 'create($1, $2)', ['Tag', null]],
		['key', 'get_by_key($1, $2)', ['Tag', null]],
		['query set', 'fetch_all($1)', [null]],
		['path', 'filter($1, $2)', [null, 'x']],
	])
		await fails('22004', `null for the ${name}`, sql, values, { says: 'null' });
}

async function constraints() {
	const write = 'create($1, $2)';
	await fails('23505', 'a value twice', write, ['Tag', { name: 'Tutorial', slug: 'other' }],
		{ schema: 'blog', table: 'tags', constraint: 'tags_name_key' });
	await fails('23503', 'a key without its row', write,
		['Post', { title: 't', content: 'c', author_id: randomUUID() }],
		{ schema: 'blog', table: 'posts', constraint: 'posts_author_id_fkey' });
	await fails('23514', 'no email', write, ['User', { email: 'nonsense', name: 'x' }],
		{ schema: 'blog', table: 'users' });
	await fails('23514', 'no choice', write, ['Order', { number: 1, customer: things.customer, status: 'lost' }],
		{ schema: 'blog', table: 'orders' });
}

async function protection() {
	const { customer } = things;
	const order = await create('Order', { number: 1, customer });
	for (const [name, sql] of [['delete', "SELECT aksara.delete_by_key('Customer', $1)"],
		['a plain DELETE', 'DELETE FROM customers WHERE id = $1']]) {
		const error = await fails('23001', `PROTECT refuses ${name}`, sql, [customer.id], { schema: 'blog' });
		report((error?.detail ?? '').includes(order.id), 'DETAIL names the blockers', error?.detail);
	}
}

async function rights() {
	await connected(STRANGER, async () => {
		for (const [name, sql, values] of [
			['fetch', 'fetch_all($1)', [{ model: 'blog.Post' }]],
			['get', 'get($1, $2)', ['blog.User', { email: 'jane@example.com' }]],
			['create', 'create($1, $2)', ['blog.Tag', { name: 'a', slug: 'a' }]],
			['update', 'update($1, $2)', [{ model: 'blog.Post' }, { views: 0 }]],
			['delete', 'delete($1)', [{ model: 'blog.Post' }]],
			['related_add', 'related_add($1, $2, $3, $4)', ['blog.Post', things.post.id, 'tags', things.news.id]],
			['drop_model', 'drop_model($1)', ['blog.Order']],
		])
			await fails('42501', `${name} without rights`, sql, values);
	});
}

// A list goes out as {…}, a bigint of a result column comes back as text, but one inside JSON as a double.
async function numbers() {
	const big = '9007199254740993';
	equal((await create('Box', { id: big, name: 'big' })).id, 9007199254740992, 'a bigint inside JSON is a double');
	equal(await one("SELECT aksara.get_by_key('Box', $1)::text", big), `{"id":${big},"name":"big"}`,
		'as text it is whole');
	equal(await one('SELECT id FROM aksara.rows(NULL::boxes, $1)', { model: 'Box', filter: { id: big } }), big,
		'so it is in a column');
	await fails('22P02', 'an array for a list of documents', 'bulk_create($1, $2)', ['Box', [{ name: 'a' }]]);
}

async function transactions() {
	await row('BEGIN');
	await create('Tag', { name: 'Kept', slug: 'kept' });
	await row('SAVEPOINT here');
	await fails('23505', 'in a transaction', 'create($1, $2)', ['Tag', { name: 'Kept', slug: 'kept' }]);
	await row('ROLLBACK TO here');
	await row('COMMIT');
	equal(await one('count($1, $2)', 'Tag', { slug: 'kept' }), '1', 'what was done before a savepoint stays');
}

// ---- tasks ----

const tag = (slug) => ({ name: slug[0].toUpperCase() + slug.slice(1), slug });
const tag_count = (...slugs) => one('count($1, $2)', 'Tag', { slug__in: slugs });
const HOUR = 3600_000;

// Handlers are functions of the blog; numbers of tasks are bigints, and arrive as strings.
async function enqueued() {
	const first = things.first = await one('enqueue($1, $2)', 'add_tag', tag('one'));
	equal(typeof first, 'string', 'enqueue gives a number, as a string');
	const past = new Date(Date.now() - HOUR);
	const second = await one('enqueue($1, $2, priority => $3, run_at => $4, group_key => $5, depends_on => $6)', 'add_tag',
		JSON.stringify(tag('two')), 5, past, 'tags', [first]);
	const task = await one('get_task($1)', second);
	equal([task.state, task.args, task.priority, task.group_key], ['blocked', tag('two'), 5, 'tags'],
		'arguments by name, args as text');
	equal([String(task.id), new Date(task.run_at)], [second, past], 'inside JSON the number is one; run_at');
	equal(await one('why($1)', second), `it waits for tasks: ${first}`, 'why');
	equal((await one('get_task($1)', await one('enqueue($1, depends_on => $2, on_parent_failure => $3)', 'refuse',
		[Number(first), Number(second)], 'run'))).args, {}, 'several to wait for, as numbers, and no args');
	equal((await client.query('CALL aksara.run_tasks()')).rows, [{ done: '3' }], 'CALL gives a row');
	equal(await tag_count('one', 'two'), '2', 'they ran');
	const seen = await one('await_task($1, $2)', second, '10 s');
	equal([seen.state, seen.attempts, seen.result.slug], ['completed', 1, 'two'], 'await_task');
	equal(await row('SELECT state, args, result ->> $1 FROM aksara.tasks WHERE id = $2', 'slug', first),
		['completed', tag('one'), 'one'], 'aksara.tasks by a number');
	equal(await one('SELECT count(*) FROM aksara.tasks WHERE id = ANY($1)', [first, second]), '2', 'by a list of them');
}

async function later() {
	let task;
	for (const [name, sql, ...when] of [
		['delay in the statement', "delay => '1 hour'"],
		['delay', 'delay => $3', '1 hour'],
		['run_at', 'run_at => $3', new Date(Date.now() + HOUR)],
	]) {
		task = await one(`enqueue($1, $2, ${sql})`, 'add_tag', tag('later'), ...when);
		equal((await one('get_task($1)', task)).state, 'waiting', `${name}: it waits`);
		report((await one('why($1)', task)).startsWith('it is not due before'), 'and says so');
		equal(await one('cancel($1)', task), 'cancelled', 'cancel');
	}
	equal(await one('cancel($1)', task), 'finished', 'cancel of one that has ended');
	equal(await row('CALL aksara.run_tasks($1, $2)', 'default', 10), ['0'], 'CALL with values');
	equal(await one('retry($1)', task), true, 'retry');
	equal(await row('CALL aksara.run_tasks(most => $1)', 1), ['1'], 'CALL with a name');
	equal(await tag_count('later'), '1', 'it ran at once');
	task = await one('enqueue($1, max_attempts => $2)', 'refuse', 1);
	equal(await one('await_task($1, $2)', task, '10 ms'), null, 'await_task of one that nobody runs');
	await row('CALL aksara.run_tasks()');
	const { state, error } = await one('get_task($1)', task);
	equal([state, error.sqlstate, error.message], ['failed', 'P0001', 'not today'], 'the error of a body');
	const same = new Set();
	for (const words of ['keep', 'replace', 'reset'])
		same.add(await one('enqueue($1, $2, key => $3, on_conflict => $4, delay => $5)', 'add_tag', tag('key'), 'k', words,
			'1 hour'));
	equal(same.size, 1, 'a key stands for one task');
	equal(await one('cancel($1)', [...same][0]), 'cancelled', 'which is one to cancel');
}

// A task belongs to the transaction of the rows that are written with it.
async function with_rows() {
	for (const [end, wanted] of [['ROLLBACK', '0'], ['COMMIT', '2']]) {
		await row('BEGIN');
		await create('Tag', tag('row'));
		await one('on_commit($1, $2)', 'add_tag', tag('task'));
		await row(end);
		await row('CALL aksara.run_tasks()');
		equal(await tag_count('row', 'task'), wanted, `on_commit and ${end}`);
	}
	const many = (await rows('enqueue_many($1)', JSON.stringify([
		{ task: 'add_tag', args: tag('a'), priority: 1 },
		{ task: 'add_tag', args: tag('b'), depends_on: [Number(things.first)] },
		{ task: 'add_tag', args: tag('c'), delay: '1 hour' },
	]))).map(([id]) => id);
	equal(await Promise.all(many.map(async (id) => (await one('get_task($1)', id)).state)), ['due', 'due', 'waiting'],
		'enqueue_many');
	equal(await row('CALL aksara.run_tasks()'), ['2'], 'two of them are due');
	equal(await one('cancel($1)', many[2]), 'cancelled', 'one is not');
}

async function tasks_refused() {
	const put = 'enqueue($1, $2)';
	await fails('42704', 'unknown task', put, ['ad_tag', {}], { hint: 'add_tag' });
	await fails('22023', 'a list for args', put, ['add_tag', '[1]'], { says: 'object' });
	await fails('22P02', 'no JSON', put, ['add_tag', '{']);
	await fails('22P02', 'an array for args, which is no JSON', put, ['add_tag', [1]]);
	await fails('22004', 'null for the task', put, [null, {}], { says: 'null' });
	await fails('22004', 'null for args', put, ['add_tag', null], { says: 'null' });
	await fails('22004', 'null for the number', 'get_task($1)', [null], { says: 'null' });
	await fails('22023', 'a negative delay', 'enqueue($1, delay => $2)', ['add_tag', '-1 s']);
	await fails('P0002', 'a task to wait for that is not there', 'enqueue($1, depends_on => $2)', ['add_tag', [0]]);
	await fails('P0002', 'no such task', 'get_task($1)', [0]);
	await row('BEGIN');
	await fails('2D000', 'CALL in a transaction', 'CALL aksara.run_tasks()', []);
	await row('ROLLBACK');
	await connected(STRANGER, async () => {
		await fails('P0002', "another role's task", 'get_task($1)', [things.first]);
		await fails('42501', 'cancelling it', 'cancel($1)', [things.first]);
	});
}

async function tasks() {
	await row("CREATE FUNCTION add_tag(args jsonb) RETURNS json LANGUAGE sql AS $$SELECT aksara.create('blog.Tag', args)$$");
	await row("CREATE FUNCTION refuse() RETURNS void LANGUAGE plpgsql AS $$BEGIN RAISE 'not today'; END$$");
	await one('register_task($1, $2)', 'add_tag', 'add_tag');
	await one('register_task($1, $2, max_attempts => $3, retry_delay => $4, timeout => $5)', 'refuse', 'refuse', 1, 0.5, '1 min');
	for (const part of [enqueued, later, with_rows, tasks_refused])
		await section(part);
	for (const name of ['add_tag', 'refuse'])
		equal(await one('unregister_task($1)', name), true, `unregister_task ${name}`);
	report(Number(await one('purge($1, $2)', '0 s', ['completed', 'failed', 'cancelled', 'retried'])) > 0, 'purge');
	equal(await one('SELECT count(*) FROM aksara.tasks'), '0', 'nothing is left');
}

// Behind a pooler the statements of one client meet several backends, and must not notice.
async function backends() {
	if (POOLED) {
		const others = await Promise.all([1, 2, 3].map(async () => {
			const other = new Client({ user: ROLE });
			await other.connect();
			await other.query('BEGIN');
			return other;
		}));
		for (const other of others) {
			await other.query('COMMIT');
			await other.end();
		}
	}
	const seen = new Set();
	for (let i = 0; i < 6; i++)
		seen.add(await one('SELECT pg_backend_pid()'));
	equal(seen.size > 1, POOLED, POOLED ? 'several backends' : 'one backend');
}

async function customer() {
	things.customer = await create('Customer', { name: 'Acme' });
}

async function walk() {
	for (const part of [backends, definitions, creation, single_rows, bound_values, order_and_slice, many_to_many,
		reverse_access, nested_documents, typed_rows, writes, composite_keys, deletion, customer, no_row_and_several, unknown_names,
		definitions_refused, bad_values, nulls, constraints, protection, rights, numbers, transactions, tasks])
		await section(part);
}

async function main() {
	await connected(null, async () => {
		for (const role of [ROLE, STRANGER])
			await row(`CREATE ROLE ${role} LOGIN`);
		await row(`CREATE SCHEMA blog AUTHORIZATION ${ROLE}`);
		await row(`GRANT USAGE ON SCHEMA blog TO ${STRANGER}`);
		await row(`ALTER ROLE ${ROLE} SET search_path = blog`);
		await connected(ROLE, walk);
		await row('DROP SCHEMA blog CASCADE');
		await row(`DROP ROLE ${ROLE}, ${STRANGER}`);
	});
	console.log(`1..${checks}`);
	process.exitCode = failures ? 1 : 0;
}

main();
