// A queue of tasks in JavaScript: a program that is asked line by line, as those of worker.mjs are.
//
// {"work": "load", "times": N} enqueues N tasks that do nothing; "drain" runs them and answers the milliseconds of one,
// from the first one's start until the database holds none; "listen" starts workers for tasks "mark", whose payload is a
// number; "starts" answers when each of them began, in seconds, and stops those workers.
import { createInterface } from 'node:readline';

export { version } from './worker.mjs';

const say = (answer) => console.log(JSON.stringify(answer));

// The time of day to the microsecond: the monotonic clock, set by the one of milliseconds as it turns over.
const offset = (() => {
	const before = Date.now();
	while (Date.now() === before);
	return Date.now() - performance.now();
})();
export const seconds = () => (performance.now() + offset) / 1000;

// When tasks began.
export class Starts {
	seen = [];
	mark(number) {
		this.seen.push([number, seconds()]);
	}
}

// Counts tasks as they begin; ended() is the milliseconds of one, once `left` says that none is left.
export class Drain {
	started = 0;
	first = 0;
	constructor(times) {
		this.times = times;
		this.all = new Promise((resolve) => { this.reached = resolve; });
	}
	begin(count = 1) {
		if (this.started === 0)
			this.first = performance.now();
		this.started += count;
		if (this.started >= this.times)
			this.reached();
	}
	async ended(left) {
		await this.all;
		let now;
		do
			now = performance.now();
		while (await left());
		return (now - this.first) / this.times;
	}
}

export async function serve(name, works) {
	say({ ready: name });
	for await (const line of createInterface({ input: process.stdin })) {
		const request = JSON.parse(line);
		say(await works[request.work](request) ?? {});
	}
	process.exit();
}
