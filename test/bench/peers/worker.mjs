// A peer in JavaScript; worker.py says how it is asked.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const KEYS = 1000;
export const PAGE = 100;
const DOCUMENTS = 10000;
export const CONTENT = 'Lorem ipsum dolor sit amet. '.repeat(8);

function key(text) {
	return createHash('md5').update(text).digest('hex').replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}

const keys = (name) => Array.from({ length: KEYS }, (_, k) => key(name(k)));
export const POSTS = keys((k) => `post ${(k * 17) % 20000}`);
export const USERS = keys((k) => `user ${k % 1000}`);
export const DRAFTS = keys((k) => `draft ${k}`);

// The rows of one bulk_create, the author under this name.
export function newDrafts(author) {
	return Array.from({ length: DOCUMENTS }, (_, x) => (
		{ title: `A draft ${x}`, content: CONTENT, published: x % 3 !== 0, views: x, [author]: USERS[x % KEYS] }));
}

// The version of a package as installed.
export function version(name) {
	return JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url))).version;
}

const say = (answer) => console.log(JSON.stringify(answer));

async function timed(work, times) {
	const started = performance.now();
	for (let k = 0; k < times; k++)
		await work(k % KEYS);
	return (performance.now() - started) / times;
}

// works: name -> async function of k.  answers: name -> what its result comes to, where it reads.
export async function serve(name, works, answers) {
	say({ ready: name });
	for await (const line of createInterface({ input: process.stdin })) {
		const request = JSON.parse(line);
		const work = works[request.work];
		if (request.answer) {
			const result = await work(1);
			say({ answer: answers[request.work]?.(result) ?? null });
		} else {
			say({ ms: await timed(work, request.times) });
		}
	}
	process.exit();
}
