# Random and spoilt documents, thrown at every function that anyone may call. Whatever they say, the server answers: with a
# result or with an error that is somebody's fault, never with an internal error, broken SQL of our own, or a crash.
#
# What is asked comes from the catalog: a new function is called as soon as it is there. Two further promises are kept an eye on:
# count() is how many rows fetch_all() gives, and filter() and exclude() of the same conditions share the rows between them.
# AK_ROUNDS is how many calls (2000), AK_SEED repeats a run.

use strict;
use warnings;
use utf8;

use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Random;

my $rounds = $ENV{AK_ROUNDS} || 2000;
my $seed = $ENV{AK_SEED} || int(rand(1_000_000));
note("AK_SEED=$seed AK_ROUNDS=$rounds");
srand($seed);
# Seconds that a call may take; more where caches are thrown away all the time.
my $patience = ($ENV{AK_CONF} // '') =~ /discard/ ? 600 : 20;

my $node = PostgreSQL::Test::Cluster->new('fuzz');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nrestart_after_crash = on\nmax_stack_depth = 1MB\nlog_statement = none\n"
		. "log_min_messages = log\nclient_min_messages = error\n");
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION aksara;
CREATE ROLE fuzzer;
CREATE SCHEMA fuzz AUTHORIZATION fuzzer;
GRANT EXECUTE ON FUNCTION aksara.create_lookup(text, regprocedure), aksara.create_transform(text, regprocedure), aksara.drop_lookup(text, regtype), aksara.drop_transform(text, regtype) TO fuzzer;
SET ROLE fuzzer;
SET search_path = fuzz;
SELECT aksara.create_model('User', '{"name": "String", "email": {"type": "Email", "unique": true}, "active": {"type": "Boolean", "default": true},
	"parent": {"type": "ForeignKey", "to": "self", "nullable": true, "on_delete": "SET_NULL", "related_name": "children"}}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Tag', '{"name": {"type": "String", "unique": true}}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Post', '{"title": "String", "views": {"type": "Integer", "default": 0}, "score": {"type": "Float", "nullable": true},
	"data": "JSON", "author": {"type": "ForeignKey", "to": "User", "on_delete": "CASCADE", "related_name": "posts"},
	"tags": {"type": "ManyToMany", "to": "Tag", "related_name": "posts"}, "editors": {"type": "ManyToMany", "to": "User", "related_name": "edited"}}',
	'{"primary_key": "bigint", "timestamps": true, "ordering": ["-views", "title"]}');
SELECT aksara.create_model('Profile', '{"bio": {"type": "Text", "nullable": true},
	"owner": {"type": "OneToOne", "to": "User", "on_delete": "PROTECT", "related_name": "profile"}}');
SELECT aksara.create_model('Seat', '{"line": "Integer", "number": "String", "free": {"type": "Boolean", "default": true}}', '{"primary_key": ["line", "number"]}');
SELECT aksara.create_model('Node', '{"tree": "Integer", "place": "Integer", "label": {"type": "String", "nullable": true},
	"up": {"type": "ForeignKey", "to": "self", "nullable": true, "on_delete": "SET_NULL", "related_name": "below"},
	"twin": {"type": "ForeignKey", "to": "self", "nullable": true, "on_delete": "SET_NULL", "related_name": "twins"},
	"seat": {"type": "ForeignKey", "to": "Seat", "nullable": true, "on_delete": "CASCADE", "related_name": "nodes"},
	"owner": {"type": "ForeignKey", "to": "User", "nullable": true, "on_delete": "SET_NULL", "related_name": "nodes"}}', '{"primary_key": ["tree", "place"]}');
SELECT aksara.create_model('Every', '{"text": {"type": "Text", "nullable": true}, "small": {"type": "SmallInteger", "nullable": true},
	"big": {"type": "BigInteger", "nullable": true}, "price": {"type": "Decimal", "nullable": true}, "rating": {"type": "Float", "nullable": true},
	"born": {"type": "Date", "nullable": true}, "at": {"type": "DateTime", "nullable": true}, "on_time": {"type": "Time", "nullable": true},
	"took": {"type": "Duration", "nullable": true}, "uid": {"type": "UUID", "nullable": true}, "data": "JSON", "raw": {"type": "Binary", "nullable": true},
	"ip": {"type": "IPAddress", "nullable": true}, "numbers": {"type": "Array", "item_type": "integer"}, "codes": "Array",
	"span": {"type": "IntegerRange", "nullable": true}, "days": {"type": "DateRange", "nullable": true},
	"kind": {"type": "Enum", "choices": ["a", "b"], "nullable": true}, "slug": {"type": "Slug", "nullable": true}}', '{"primary_key": "bigint", "table_name": "every_values"}');
INSERT INTO users (name, email, parent_id) SELECT 'name' || n, 'u' || n || '@example.com', nullif(n / 2, 0) FROM generate_series(1, 5) n;
INSERT INTO tags (name) SELECT 'name' || n FROM generate_series(1, 5) n;
INSERT INTO posts (title, views, score, data, author_id) SELECT 'name' || n, n % 7, nullif(n, 3), json_build_object('a', n % 3, 'b', ARRAY[n]), 1 + n % 5 FROM generate_series(1, 20) n;
SELECT aksara.related_add('Post', n, 'tags', 1 + n % 5, 1 + n % 3) FROM generate_series(1, 20) n;
INSERT INTO profiles (owner_id) VALUES (1), (2);
INSERT INTO seats (line, number) VALUES (1, 'a'), (1, 'b'), (2, 'a');
INSERT INTO nodes (tree, place, label, up_tree, up_place, twin_tree, twin_place, seat_line, seat_number, owner_id) VALUES
	(1, 1, 'a', NULL, NULL, 1, 4, 1, 'a', 1), (1, 2, 'b', 1, 1, NULL, NULL, 1, 'b', 2), (1, 3, NULL, 1, 2, 1, 3, NULL, NULL, NULL), (1, 4, 'name1', 1, 2, 1, 1, 1, 'a', 1),
	(2, 1, 'x', 2, 2, NULL, NULL, 2, 'a', 3), (2, 2, 'y', 2, 1, 1, 1, NULL, NULL, 1);
INSERT INTO every_values (text, small, data, numbers) VALUES ('x', 1, '{"a": null, "b": [1, "x"]}', '{1,2}'), (NULL, NULL, NULL, NULL);
-- Lookups and transforms of their own: one that fails now and then, one whose function has gone.
CREATE FUNCTION has_length(text, integer) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN length($1) = $2;
CREATE FUNCTION vowels(text) RETURNS integer LANGUAGE sql IMMUTABLE RETURN length(regexp_replace(lower($1), '[^aeiou]', '', 'g'));
CREATE FUNCTION "b""etween"(bigint, integer[]) RETURNS boolean LANGUAGE sql STABLE RETURN $1 BETWEEN $2[1] AND $2[2];
CREATE FUNCTION half(bigint) RETURNS numeric LANGUAGE sql IMMUTABLE RETURN 10 / ($1 - 3);
CREATE FUNCTION deep(jsonb, integer) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN $1 = to_jsonb($2);
CREATE FUNCTION gone(text) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN true;
SELECT aksara.create_lookup('has_length', 'has_length(text, integer)'), aksara.create_transform('vowels', 'vowels(text)'), aksara.create_lookup('between', '"b""etween"(bigint, integer[])'),
	aksara.create_transform('half', 'half(bigint)'), aksara.create_lookup('deep', 'deep(jsonb, integer)'), aksara.create_transform('gone', 'gone(text)');
DROP FUNCTION gone(text);
RESET ROLE;

CREATE TABLE public.found (code text, message text, statement text);
GRANT INSERT ON public.found TO fuzzer;
CREATE TABLE public.met (code text, message text, parts text[]);
GRANT INSERT ON public.met TO fuzzer;

-- Runs a statement that answers with one boolean, or with anything; undoes it. Kept is what must not be: an internal error, out of
-- memory, a refusal of SQL that we wrote ourselves, a false answer.
CREATE FUNCTION public.throw(statement text, judged boolean, parts text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	answer text;
	said text := '';
	code text;
	whence text := '';
BEGIN
	BEGIN
		EXECUTE statement INTO answer;
		said := CASE WHEN judged AND NOT answer::boolean THEN 'FALSE' ELSE '00000' END;
		RAISE EXCEPTION USING ERRCODE = 'ZZ999';
	EXCEPTION WHEN others OR query_canceled OR assert_failure THEN
		GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, answer = MESSAGE_TEXT, whence = PG_EXCEPTION_CONTEXT;
		IF code = 'ZZ999' THEN code := said; answer := ''; END IF;
	END;
	INSERT INTO public.met VALUES (code, answer, parts);
	-- The text of definitions is SQL by right; names of types, of tables in a cast, and of functions that fit no form, are the caller's.
	IF code ~ '^(XX|53|57|ZZ|FALSE|22021|42702|42712|42P08|42P18|428C9)' AND answer !~ '^model .* has several relations to itself$'
		OR code ~ '^42(601|725)' AND answer !~ '^(function aksara|invalid type name)' AND whence !~ 'invalid type name' AND statement !~ 'aksara\.(adopt|add|alter|apply|connect|create_model|publish)'
		OR answer ~ ('^(operator|function|column|relation)( .*)? does not exist|^there is no unique or exclusion|must appear in the GROUP BY|ungrouped column'
			'|^(aggregate|window|set-returning) function|^cannot cast type|cannot be matched|FROM-clause|must be type|must return only one column|^each .* query must|SELECT DISTINCT'
			'|nullable side|^FOR .* not allowed') AND statement !~ 'aksara\.(adopt|add|alter|apply|connect|create_model|publish)' AND NOT (answer ~ '^relation' AND statement ~ 'regclass') THEN
		INSERT INTO public.found VALUES (code, answer, statement);
	END IF;
END $$;
SQL

# The functions by name, each form with the names and types of its arguments.
my %functions;
for my $line (split /\n/, $node->safe_psql('postgres', q{
		SELECT p.proname, p.provariadic <> 0, array_to_string(p.proargnames[1:p.pronargs], ' '),
			(SELECT string_agg(format_type(t, NULL), ';' ORDER BY n) FROM unnest(p.proargtypes) WITH ORDINALITY a (t, n))
		FROM pg_proc p
		WHERE p.pronamespace = 'aksara'::regnamespace AND has_function_privilege('fuzzer', p.oid, 'EXECUTE') AND p.pronargs > 0 AND p.prokind = 'f'
			AND p.proname !~ '_(in|out|recv|send|support)$' AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
		ORDER BY p.oid::regprocedure::text})) {
	my ($name, $variadic, $names, $types) = split /\|/, $line;
	my @names = split / /, $names;
	push @{ $functions{$name} }, { variadic => $variadic eq 't', names => \@names, types => [ split /;/, $types ] };
}
my @names = sort keys %functions;

# The parts of the language that are counted, and what a document that has one looks like.
my @parts = (
	[ 'windows', qr/"\$window"/ ], [ 'trees', qr/"\$(?:descendants|ancestors)"/ ], [ 'trees, composite', qr/"\$(?:descendants|ancestors)": \{"of": .*?"by": "(?:up|twin)"/ ], [ 'sets', qr/"(?:union|intersection|difference)": \[\{/ ],
	[ 'lists with queries', qr/"path": .{1,99}?"query": / ], [ 'groups', qr/"group_by": \["/ ], [ 'aggregates', qr/"\$(?:count|sum|avg|min|max|string_agg|array_agg|json_agg|bool_and|bit_or|stddev|corr)"/ ],
	[ 'query sets in others', qr/"\$(?:exists|subquery|array_subquery)"/ ], [ '$outer', qr/"\$outer"/ ], [ 'composite keys', qr/"(?:\w+__)?(?:pk|up|twin|seat|nodes|below|twins)(?:__in|__exact)?": \[?\{"(?:line|tree|\$v": \{"(?:line|tree))/ ],
	[ 'lookups of their own', qr/__(?:has_length|between|deep|vowels|half)\b/ ], [ 'some, every, none', qr/__(?:some|every|none)"/ ], [ 'transforms', qr/__(?:year|month|lower|upper|trim|length|abs|len|week_day)\b/ ]);

sub op {
	my ($model) = @_;
	return pick("aksara.filter(" . literal(json(conditions($model))) . "::aksara.doc)", "aksara.exclude(" . literal(json(conditions($model))) . "::aksara.doc)",
		"aksara.filter(" . literal(path($model)) . ", " . any() . ")", "aksara.order_by(" . literal(path($model)) . ")", 'aksara.slice(' . int(rand 4) . ')',
		'aksara.slice(1, ' . int(rand 4) . ')', "aksara.annotate(" . literal(json(Language::annotations($model))) . "::aksara.doc)",
		"aksara.alias(" . literal(json(Language::annotations($model))) . "::aksara.doc)",
		'aksara.' . pick(qw(pick only defer group_by)) . '(' . join(', ', map { literal(substr $_, 1, -1) } @{ Language::picked($model) }, '"id"') . ')', "aksara.for_update()",
		"aksara.filter(" . literal(path($model)) . ", aksara.expression(" . literal(json(Language::value($model, 'n', 1))) . "::aksara.doc))", 'aksara.reverse()', 'aksara.distinct()', "aksara.select_related(" . literal(path($model)) . ")");
}

sub any {
	return pick(1, '2::smallint', '-3::bigint', '1.5', "'NaN'::float8", 'true', 'now()', 'current_date', "'x'::text", "'x'", 'ARRAY[1, 2]', "ARRAY['a', NULL]",
		'NULL::int', "'{\"a\": 1}'::jsonb", "'1 day'::interval", "'\\x00'::bytea", 'gen_random_uuid()', 'ROW(1, 2)', "'[1,3)'::int4range", 'NULL::fuzz.posts');
}

my %tables = (Post => 'posts', User => 'users', Tag => 'tags', Every => 'every_values', Node => 'nodes', Seat => 'seats', Profile => 'profiles');

# An argument of this name and type, for a call about a model.
sub argument {
	my ($name, $type, $model) = @_;
	return "NULL::$type" if odd(0.03) and $type !~ /any/;
	return chance(0.8) ? literal(json(document($name, $model))) . "::$type" : 'aksara.objects(' . literal($model) . join('', map { ', ' . op($model) } 1 .. int rand 4) . ')'
		if $type eq 'aksara.queryset';
	return literal(json(document($name, $model))) . "::$type" if $type eq 'aksara.doc';
	return literal(pick(qw(year month week day))) . '::text' if $name eq 'part' and !odd(0.3);
	return literal($name eq 'model' ? $model : $name =~ /^(path|field|accessor)$/ ? path($model) : pick(1, 2, 3, path($model), json(junk(1)))) . '::text' if $type eq 'text';
	return 'ARRAY[' . join(', ', map { literal(pick(path($model), 1, 2, json(junk(0)))) } 1 .. int rand 4) . ']::text[]' if $type eq 'text[]';
	return 'ARRAY[' . join(', ', map { literal(json(Language::set($model))) } 1 .. int rand 3) . ']::aksara.queryset[]' if $type eq 'aksara.queryset[]';
	return 'ARRAY[' . join(', ', map { literal(Schema::column($model) // 'pk') } 1 .. 1 + rand 2) . ']::text[]' if $type eq 'text[]' and $Random::careful;
	return 'ARRAY[' . join(', ', map { op($model) } 1 .. int rand 4) . ']::aksara.query_op[]' if $type eq 'aksara.query_op[]';
	return op($model) if $type eq 'aksara.query_op';
	return pick(0, 1, 2, 5, -1, '9223372036854775807') . '::bigint' if $type eq 'bigint';
	return pick(0, 1, 2, 5, -1, 2147483647) if $type eq 'integer';
	return pick('true', 'false') if $type eq 'boolean';
	return literal(pick('fuzz.has_length(text, integer)', 'fuzz.vowels(text)', 'pg_catalog.lower(text)', 'pg_catalog.starts_with(text, text)', 'pg_catalog.random()', 'pg_catalog.count("any")')) . "::$type" if $type eq 'regprocedure';
	return literal(pick(qw(text bigint integer jsonb record any))) . "::$type" if $type eq 'regtype';
	return 'NULL::fuzz.' . ($tables{$model} && !odd(0.3) ? $tables{$model} : pick(map { $tables{$_} } sort keys %tables)) if $type eq 'anyelement';
	return any() if $type eq '"any"';
	return "NULL::$type";
}

sub call {
	my $name = pick(@names);
	my $form = pick(@{ $functions{$name} });
	my $model = model_name();
	my @arguments = map { argument($form->{names}[$_] // '', $form->{types}[$_], $model) } 0 .. $#{ $form->{types} };
	if ($form->{variadic}) {
		if ($form->{types}[-1] eq '"any"') { push @arguments, any() while chance(0.4) }
		else { $arguments[-1] = "VARIADIC $arguments[-1]" }
	}
	return "SELECT count(t) FROM aksara.$name(" . join(', ', @arguments) . ') t';
}

# As many rows as are counted.
sub same_count {
	local $Language::steady = 1;
	my $qs = literal(json(query_set()));
	return "SELECT aksara.count(${qs}::aksara.queryset) = json_array_length(aksara.fetch_all(${qs}::aksara.queryset))";
}

# Each row meets the conditions or does not.
sub complement {
	local $Language::steady = 1;
	my $model = model_name();
	local @Language::known = ();
	my $annotations = Language::annotations($model);
	my $names = chance(0.5) ? 'aksara.annotate(' . literal(json($annotations)) . '::aksara.doc), ' : '';
	@Language::known = map { $_->[0] } @{ $annotations->{members} } if $names;
	local $Random::annotated = 0.4 if $names;
	my $conditions = conditions($model);
	# Nothing to leave out is all of it.
	return same_count() unless @{ $conditions->{members} };
	my $c = literal(json($conditions)) . '::aksara.doc';
	my $m = literal($model);
	return "SELECT aksara.count(aksara.objects($m, ${names}aksara.filter($c))) + aksara.count(aksara.objects($m, ${names}aksara.exclude($c))) = aksara.count(aksara.objects($m))";
}

my $thrown = 0;
while ($thrown < $rounds) {
	my $batch = "SET ROLE fuzzer;\nSET search_path = fuzz;\nSET statement_timeout = '${patience}s';\n";
	for (1 .. 250) {
		my $way = rand;
		local $Random::careful = chance(0.5);
		my ($statement, $judged) = $way < 0.7 ? (call(), 'false') : (($way < 0.85 ? same_count() : complement()), 'true');
		my $has = join ', ', map { literal($_->[0]) } grep { $statement =~ $_->[1] } [ $Random::careful ? 'careful' : 'careless', qr// ], @parts;
		utf8::encode($statement);
		$batch .= "SELECT public.throw(" . literal($statement) . ", $judged, ARRAY[$has]);\n";
		$thrown++;
	}
	my ($status, undef, $err) = $node->psql('postgres', $batch, on_error_stop => 0);
	if ($status != 0) {
		my ($line) = $err =~ /<stdin>:(\d+): server closed/;
		fail("the server is there after $thrown calls");
		diag($line ? (split /\n/, $batch)[ $line - 1 ] : $err);
		diag(join '', grep { /terminated|TRAP|PANIC|DETAIL/ } split /^/, slurp_file($node->logfile));
		$node->poll_query_until('postgres', 'SELECT 1', '1');
	}
	elsif ($err) { fail('nothing escapes'); diag($err) }
}

my $found = $node->safe_psql('postgres', q{SELECT DISTINCT ON (code, message, CASE code WHEN 'FALSE' THEN statement END) code || ' ' || message || E'\n    ' || statement FROM found ORDER BY code, message, CASE code WHEN 'FALSE' THEN statement END, length(statement) LIMIT 30});
is($found, '', 'no internal error, no broken SQL, no false answer');
my $worked = $node->safe_psql('postgres', q{SELECT (count(*) FILTER (WHERE code = '00000') * 100 / count(*))::int FROM met});
cmp_ok($worked, '>', 15, "$worked of 100 calls work");
note($node->safe_psql('postgres', 'SELECT code, count(*), min(left(message, 80)) FROM met GROUP BY 1 ORDER BY 2 DESC'));
note("of 100 documents with a part so many work, and of those that are careful:\n" . $node->safe_psql('postgres', q{
	SELECT format('%-22s %7s documents %4s %4s', part, count(*), count(*) FILTER (WHERE code = '00000') * 100 / count(*),
		count(*) FILTER (WHERE code = '00000' AND 'careful' = ANY (parts)) * 100 / nullif(count(*) FILTER (WHERE 'careful' = ANY (parts)), 0))
	FROM met, unnest(parts) part GROUP BY part ORDER BY part}));
is($node->safe_psql('postgres', 'SELECT * FROM aksara.check_registry()'), '', 'the registry equals the catalog');
is($node->safe_psql('postgres', q{SET search_path = fuzz; SELECT aksara.count('Post', '{}'), aksara.get('Tag', '{"id": 1}') ->> 'name'}), '20|name1', 'what was there is there');
$node->stop;
unlike(slurp_file($node->logfile), qr/TRAP:|PANIC:|runtime error:|terminated by signal/, 'a clean log');
done_testing();
