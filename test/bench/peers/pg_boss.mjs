// pg-boss with three workers, each taking 2 000 jobs at once and more as soon as they are done; woken by NOTIFY.
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { Drain, Starts, seconds, serve, version } from './queue.mjs';

const BATCH = 2000;
const WORKERS = 3;
const CHUNK = 5000;

const boss = new PgBoss({
	host: process.env.PGHOST, port: Number(process.env.PGPORT), user: process.env.PGUSER, database: process.env.PGDATABASE,
	max: WORKERS + 2, supervise: false, schedule: false, useListenNotify: true,
});
boss.on('error', (error) => { console.error(error); });

async function left() {
	const { rows } = await boss.getDb().executeSql("SELECT EXISTS (SELECT FROM pgboss.job WHERE name = 'noop' AND state < 'completed') AS some");
	return rows[0].some;
}

async function load({ times }) {
	await boss.deleteAllJobs('noop');
	for (let done = 0; done < times; done += CHUNK)
		await boss.insert('noop', Array.from({ length: Math.min(CHUNK, times - done) }, () => ({ data: { n: 1 } })));
}

async function drain({ times }) {
	const counted = new Drain(times);
	const options = { batchSize: BATCH, localConcurrency: WORKERS, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 };
	await boss.work('noop', options, async (jobs) => { counted.begin(jobs.length); });
	const ms = await counted.ended(left);
	await boss.offWork('noop');
	return { ms };
}

const starts = new Starts();

async function listen() {
	await boss.work('mark', { pollingIntervalSeconds: 0.5 }, async (jobs) => { jobs.forEach(({ data }) => starts.mark(data.n)); });
}

// Enqueues one in a transaction; answers when COMMIT was sent.
const client = new pg.Client();
const db = { executeSql: (text, values) => client.query(text, values) };

async function send({ number }) {
	await client.query('BEGIN');
	await boss.send('mark', { n: number }, { db });
	const at = seconds();
	await client.query('COMMIT');
	return { at };
}

async function stop() {
	await boss.offWork('mark');
	return { starts: starts.seen.splice(0) };
}

await client.connect();
await boss.start();
await boss.createQueue('noop');
await boss.createQueue('mark', { notify: true });
await serve(`pg-boss ${version('pg-boss')}`, { load, drain, listen, send, starts: stop });
