-- Ours: two tasks of an ordinary role, one that does nothing and one that says when it began.
CREATE EXTENSION aksara;
CREATE TABLE marks (number int, at timestamptz);
DO $$ BEGIN CREATE ROLE bench_tasks LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT SELECT, INSERT, TRUNCATE ON marks TO bench_tasks;
GRANT CREATE ON SCHEMA public TO bench_tasks;

SET ROLE bench_tasks;
CREATE FUNCTION noop(args jsonb) RETURNS void LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE FUNCTION mark(args jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO public.marks VALUES ((args ->> 'n')::int, clock_timestamp());
END $$;
SELECT aksara.register_task('noop', 'public.noop');
SELECT aksara.register_task('mark', 'public.mark');
RESET ROLE;
