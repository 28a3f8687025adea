// graphile-worker as its page on performance has it: a local queue of 500, completions in batches, 24 jobs at once.
import pg from 'pg';
import { Logger, run, runMigrations } from 'graphile-worker';
import { Drain, Starts, serve, version } from './queue.mjs';

const JOBS = 24;
const pgPool = new pg.Pool({ max: JOBS + 1 });
pgPool.on('error', (error) => { console.error(error); });
pgPool.on('connect', (client) => { client.on('error', (error) => { console.error(error); }); });
const preset = {
	worker: {
		concurrentJobs: JOBS,
		localQueue: { size: 500 },
		completeJobBatchDelay: 0,
		failJobBatchDelay: 0,
	},
};
const options = { pgPool, preset, logger: new Logger(() => () => {}), noHandleSignals: true, parsedCronItems: [] };

const start = (taskList) => run({ ...options, taskList });

async function left() {
	const { rows } = await pgPool.query('SELECT EXISTS (SELECT FROM graphile_worker._private_jobs) AS some');
	return rows[0].some;
}

async function load({ times }) {
	await pgPool.query(`SELECT count(*) FROM graphile_worker.add_jobs(ARRAY(
		SELECT ('noop', '{"n": 1}'::json, NULL, NULL, NULL, NULL, NULL, NULL)::graphile_worker.job_spec
		FROM generate_series(1, $1)))`, [times]);
}

async function drain({ times }) {
	const counted = new Drain(times);
	const runner = await start({ noop: () => { counted.begin(); } });
	const ms = await counted.ended(left);
	await runner.stop();
	return { ms };
}

const starts = new Starts();
let runner;

async function listen() {
	runner = await start({ mark: ({ n }) => { starts.mark(n); } });
}

async function stop() {
	await runner.stop();
	return { starts: starts.seen.splice(0) };
}

await runMigrations(options);
await serve(`graphile-worker ${version('graphile-worker')}`, { load, drain, listen, starts: stop });
