-- queries.sql -- questions to the package index, each with the time it took. run.sh sets variable "package".
\set ON_ERROR_STOP on
\pset footer off
SET client_min_messages = warning;
SET search_path = debian;
-- How few rows a step of a recursion has is not known when it is planned; compiling it takes longer than running it.
SET jit = off;
\ir ../pretty.sql
\set json '\\g (format=unaligned tuples_only=on)'
\set ECHO queries
\timing on

\echo '\n=== How many of everything ==='
SELECT aksara.count('{"model": "Package", "filter": {"state": "real"}}') AS packages,
	aksara.count('{"model": "Package", "filter": {"state": "virtual"}}') AS virtual,
	aksara.count('{"model": "Package", "filter": {"state": "missing"}}') AS missing,
	aksara.count('{"model": "Source"}') AS sources,
	aksara.count('{"model": "Maintainer"}') AS maintainers,
	aksara.count('{"model": "Tag"}') AS tags,
	aksara.count('{"model": "Dependency"}') AS dependencies,
	aksara.count('{"model": "Provision"}') AS provisions;

\echo '\n=== The busiest maintainers with all their packages and tags, as nested JSON ==='
CREATE TEMPORARY TABLE busiest AS
	SELECT document FROM json_array_elements(aksara.fetch_all(aksara.objects('Maintainer',
		aksara.filter('id__in', ARRAY(
			SELECT maintainer_id FROM packages WHERE state = 'real' GROUP BY 1 ORDER BY count(*) DESC LIMIT 5)),
		aksara.prefetch_related('packages__tags')))) AS document;
SELECT document->>'name' AS maintainer, json_array_length(document->'packages') AS packages,
	pg_size_pretty(length(document::text)::bigint) AS document
FROM busiest ORDER BY 2 DESC;
\echo '\n--- the first of them, its list cut to two'
SELECT pretty(json_build_object('name', document->'name', 'email', document->'email',
	'packages', json_build_array(document->'packages'->0, document->'packages'->1)))
FROM busiest ORDER BY json_array_length(document->'packages') DESC LIMIT 1 :json

\echo '\n=== Packages tagged game::strategy in section games ==='
SELECT p.name, summary, m.name AS maintainer
FROM aksara.rows(NULL::packages, aksara.objects('Package',
	aksara.filter('tags__name', 'game::strategy', 'section', 'games'),
	aksara.order_by('-installed_size'), aksara.slice(8))) AS p JOIN maintainers m ON m.id = maintainer_id;
\echo '\n--- the same as documents, with what belongs to each of them'
SELECT pretty(aksara.fetch_all(aksara.objects('Package',
	aksara.filter('tags__name', 'game::strategy', 'section', 'games'),
	aksara.order_by('-installed_size'), aksara.slice(1),
	aksara.select_related('maintainer', 'source'), aksara.prefetch_related('tags')))) :json

\echo '\n=== What depends on libssl3: directly ==='
SELECT kind, count(*) AS dependencies, count(DISTINCT package_id) AS packages
FROM aksara.rows(NULL::dependencies, aksara.objects('Dependency', aksara.filter('target', 'libssl3')))
GROUP BY kind ORDER BY packages DESC;
SELECT string_agg(name, ', ') AS "the largest of them"
FROM aksara.rows(NULL::packages, aksara.objects('Package',
	aksara.filter('dependencies__target', 'libssl3', 'dependencies__kind', 'Depends'),
	aksara.order_by('-installed_size'), aksara.slice(10)));

-- Who needs whom. Every alternative of a clause counts, and a virtual package stands for all that provide it.
CREATE TEMPORARY VIEW needs AS
	SELECT d.package_id, coalesce(p.package_id, d.target_id) AS target_id
	FROM aksara.rows(NULL::dependencies, aksara.objects('Dependency',
			aksara.filter('kind__in', ARRAY['Depends', 'Pre-Depends']))) AS d
		LEFT JOIN aksara.rows(NULL::provisions, aksara.objects('Provision',
			aksara.filter('target__state', 'virtual'))) AS p USING (target_id);

\echo '\n=== What depends on libssl3: transitively ==='
WITH RECURSIVE edge AS MATERIALIZED (
	SELECT * FROM needs
), reached AS (
	SELECT 'libssl3'::text AS name
	UNION
	SELECT edge.package_id FROM reached JOIN edge ON edge.target_id = reached.name
)
SELECT count(*) - 1 AS packages,
	round(100.0 * (count(*) - 1) / (SELECT count(*) FROM packages WHERE state = 'real'), 1) AS percent
FROM reached;

\echo '\n=== Packages that nothing depends on ==='
SELECT aksara.count(aksara.objects('Package', aksara.filter('state', 'real'),
	aksara.exclude('dependents__kind__in', ARRAY['Depends', 'Pre-Depends']),
	aksara.exclude('provides__dependents__kind__in', ARRAY['Depends', 'Pre-Depends']))) AS packages;
SELECT name, installed_size, section_id AS section
FROM aksara.rows(NULL::packages, aksara.objects('Package', aksara.filter('state', 'real'),
	aksara.exclude('dependents__kind__in', ARRAY['Depends', 'Pre-Depends']),
	aksara.exclude('provides__dependents__kind__in', ARRAY['Depends', 'Pre-Depends']),
	aksara.filter('installed_size__isnull', false), aksara.order_by('-installed_size'), aksara.slice(5)));

-- The package asked for, else a desktop, else whatever depends on most.
\set ECHO none
\timing off
SELECT coalesce(nullif(:'package', ''),
	aksara.get_or_none('Package', '{"name": "gnome-core", "state": "real"}')->>'name',
	(SELECT package_id FROM dependencies GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)) AS package \gset
SELECT aksara.get('Package', json_build_object('name', :'package', 'state', 'real'))->>'name' AS package \gset
\timing on
\set ECHO queries
\echo '\n=== How deep the dependencies of' :package 'go: what it reaches, by the shortest distance ==='
WITH RECURSIVE level AS (
	SELECT 0 AS distance, ARRAY[:'package'] AS reached, ARRAY[:'package'] AS before
	UNION ALL
	SELECT level.distance + 1, next.names, level.before || next.names
	FROM level, LATERAL (
		SELECT array_agg(name) AS names FROM (
			SELECT coalesce(p.package_id, d.target_id) AS name
			FROM aksara.rows(NULL::dependencies, aksara.objects('Dependency',
					aksara.filter('package__in', level.reached, 'kind__in', ARRAY['Depends', 'Pre-Depends']))) AS d
				LEFT JOIN provisions p ON p.target_id = d.target_id
					AND EXISTS (SELECT FROM packages v WHERE v.name = d.target_id AND v.state = 'virtual')
			EXCEPT
			SELECT unnest(level.before)) AS found) AS next
	WHERE next.names IS NOT NULL
)
SELECT distance, cardinality(reached) AS packages, array_to_string(reached[1:4], ', ') AS "some of them"
FROM level ORDER BY distance;

\echo '\n=== A package that others need stays, unless they go with it ==='
\set ON_ERROR_STOP off
\set SHOW_CONTEXT never
SELECT aksara.delete_by_key('Package', 'libssl3');
BEGIN;
SELECT aksara.delete(aksara.objects('Package', aksara.filter('name__startswith', 'librust-')));
ROLLBACK;
