# The parts of random query sets that compute: expressions, annotations, aggregates, groups, windows, query sets in others, sets,
# lists with queries of their own, locks. Their documents are as Random.pm describes them; it is loaded by it, at its end.

package Language;

use strict;
use warnings;

use Random;

# Without volatile functions, and windows whose rows have one order: asked twice, the answer is the same.
our $steady = 0;
# Names that annotations of this query set have; path() of Random.pm finds them.
our @known = ();

# What a model's own columns are good for: numbers, whole ones, texts, times, truth values, JSON.
my %columns = (
	User => { n => [qw(id pk parent_id)], w => [qw(id parent_id)], t => [qw(name email)], b => ['active'] },
	Post => { n => [qw(id views views score author_id)], w => [qw(id views author_id)], t => ['title'], d => [qw(created_at updated_at)], j => ['data'] },
	Tag => { n => ['id'], w => ['id'], t => ['name'] },
	Profile => { n => ['owner_id'], w => ['owner_id'], t => ['bio'] },
	Seat => { n => ['line'], w => ['line'], t => ['number'], b => ['free'] },
	Every => { n => [qw(id small big price rating)], w => [qw(id small big)], t => [qw(text kind slug)], d => [qw(born at)], j => ['data'] });
my %one = (User => { parent => 'User', profile => 'Profile' }, Post => { author => 'User' }, Profile => { owner => 'User' });
my %many = (User => { posts => 'Post', edited => 'Post', children => 'User' }, Post => { tags => 'Tag', editors => 'User' }, Tag => { posts => 'Post' });
my %own = (User => 'parent', Post => 'author', Profile => 'owner');

my @kinds = qw(n n w t t d b j);
my @parts = qw(year iso_year quarter month week day week_day iso_week_day hour minute second);
my %casts = (n => [ 'float8', 'numeric', 'int8', 'numeric(8,2)' ], w => [qw(int4 int8)], t => [ 'text', 'varchar(3)' ], b => ['boolean'], d => [qw(timestamptz)], j => ['jsonb']);
my @types = ('int4', 'int8', 'text', 'float8', 'numeric(8,2)', 'date', 'timestamptz', 'boolean', 'jsonb', 'uuid', 'int4[]', 'varchar(3)', 'nope', 'int4; --', '', 'regclass', 'record');

sub object { my @m; push @m, [ splice @_, 0, 2 ] while @_; return { members => \@m } }
sub maybe { my ($chance, @member) = @_; return chance($chance) ? @member : () }

# A column of this kind, at times over to-one relations.
sub column {
	my ($model, $kind) = @_;
	my $way = '';
	while (chance(0.2) and my @ways = sort keys %{ $one{$model} || {} }) {
		my $step = pick(@ways);
		$way .= "${step}__";
		$model = $one{$model}{$step};
	}
	my $known = $columns{$model} || {};
	$kind //= pick(grep { $known->{$_} } qw(n w t b d j)) // 'n';
	return $known->{$kind} ? $way . pick(@{ $known->{$kind} }) : undef;
}

# The same, and where there is none something that fits.
sub column_value { my ($model, $kind) = @_; my $column = column($model, $kind); return defined $column ? quoted($column) : literal_of($kind // 'n') }
sub some_column { my ($model) = @_; return column($model) // path($model) }

# Conditions, seldom none.
sub told { my ($model, $depth) = @_; my $c; for (1 .. 5) { $c = Random::conditions($model, $depth // 3); last if @{ $c->{members} } } return $c }

# What an aggregate is over: the row's own column where rows are put together, else a path over the one to-many relation.
our $grouped = 0;
our $over;
sub counted {
	my ($model, $kind) = @_;
	my @ways = sort keys %{ $many{$model} || {} };
	return column($model, $kind) // some_column($model) if $grouped or !@ways;
	my $way = $over // pick(@ways);
	return $way . '__' . (column($many{$model}{$way}, $kind) // 'id');
}

sub literal_of {
	my ($kind) = @_;
	return Random::number() if $kind eq 'n' and chance(0.3);
	return pick(0, 1, 2, 7, -3) if $kind =~ /[nw]/;
	return object('$v', Random::text()) if $kind eq 't';
	return pick('true', 'false') if $kind eq 'b';
	return pick(object('$v', quoted('2026-01-01 00:00+00'), 'as', quoted('timestamptz')), object('$now', 'null')) if $kind eq 'd';
	return object('$v', junk(2));
}

my %calls = (
	n => { '$add' => 'nn', '$sub' => 'nn', '$mul' => 'nn', '$div' => 'nn', '$mod' => 'ww', '$power' => 'nn', '$abs' => 'n', '$ceil' => 'n', '$floor' => 'n', '$round' => 'ni',
		'$sign' => 'n', '$sqrt' => 'n', '$exp' => 'n', '$ln' => 'n', '$log' => 'nn', '$sin' => 'n', '$cot' => 'n', '$atan2' => 'nn', '$acos' => 'n', '$length' => 't', '$strindex' => 'tt',
		'$ord' => 't', '$pi' => '' },
	w => { '$add' => 'ww', '$mul' => 'ww', '$div' => 'ww', '$bitand' => 'ww', '$bitxor' => 'ww', '$bitleftshift' => 'wi', '$bitrightshift' => 'wi', '$length' => 't', '$mod' => 'ww' },
	t => { '$lower' => 't', '$upper' => 't', '$initcap' => 't', '$trim' => 't', '$ltrim' => 't', '$concat' => 'tv', '$concat_ws' => 'ttv', '$substr' => 'tii', '$left' => 'ti', '$right' => 'ti',
		'$lpad' => 'tit', '$rpad' => 'ti', '$repeat' => 'ti', '$replace' => 'ttt', '$reverse' => 't', '$chr' => 'i', '$md5' => 't', '$sha224' => 't', '$sha512' => 't' },
	b => { '$exact' => 'vv', '$gt' => 'nn', '$gte' => 'tt', '$lt' => 'nn', '$lte' => 'dd', '$isnull' => 'v' },
	d => {}, j => {});

sub argument {
	my ($model, $kind, $depth) = @_;
	return int(rand 5) if $kind eq 'i';
	return value($model, $kind eq 'v' ? pick(@kinds) : $kind, $depth + 1);
}

# An expression of some kind of value, as a person would write it.
sub value {
	my ($model, $kind, $depth) = @_;
	$depth //= 0;
	$kind = pick(@kinds) if chance(0.01);
	return column_value($model, $kind) if $depth > 3 or chance(0.35);
	return literal_of($kind) if chance(0.2);
	my $way = rand;
	if ($way < 0.08) { return object('$case', [ map { object('when', told($model), 'then', result($model, $kind, $depth)) } 1 .. 1 + rand 2 ], maybe(0.7, 'default', result($model, $kind, $depth))) }
	if ($way < 0.2) { return object(pick('$coalesce', '$coalesce', '$greatest', '$least', '$nullif'), [ map { value($model, $kind, $depth + 1) } 1 .. 2 ]) }
	if ($way < 0.24) { return object('$cast', value($model, $kind eq 't' ? pick(@kinds) : $kind, $depth + 1), 'as', quoted(chance(0.1) ? pick(@types) : pick(@{ $casts{$kind} }))) }
	if ($way < 0.28 and $kind eq 'n' and !$depth) { return aggregate($model, $depth) }
	if ($way < 0.29 and !$depth) { return window($model, $depth) }
	if ($way < 0.35 and $depth < 2) { return inner($model, '$subquery', $depth, $kind) }
	return object('$f', quoted(column($model, $kind) // some_column($model))) if $way < 0.37;
	return object(pick('$outer', '$kt'), quoted(path($model))) if $way < 0.375;
	return object('$collate', value($model, 't', $depth + 1), 'collation', quoted(pick(('C') x 6, 'POSIX', 'nope', 'pg_catalog.C'))) if $kind eq 't' and $way < 0.4;
	return object(pick('$random', '$random_uuid'), 'null') if !$steady and $way < 0.4;
	return date_value($model, $depth) if $kind eq 'd';
	return object('$extract', value($model, 'd', $depth + 1), 'part', quoted(pick(@parts))) if $kind eq 'n' and chance(0.1);
	return truth($model, $depth) if $kind eq 'b' and chance(0.6);
	return chance(0.5) ? object('$json_object', object(map { (Random::pick('a', 'b', "'", '"', '$v'), argument($model, 'v', $depth)) } 1 .. int rand 3)) : object('$json_array', [ map { argument($model, 'v', $depth) } 1 .. int rand 3 ])
		if $kind eq 'j';
	my $name = pick(sort keys %{ $calls{$kind} });
	my @arguments = map { argument($model, $_, $depth) } split //, $calls{$kind}{$name};
	return object($name, @arguments == 1 && chance(0.7) ? $arguments[0] : \@arguments);
}

sub result { my ($model, $kind, $depth) = @_; return chance(0.5) && defined column($model, $kind) ? object('$f', quoted(column($model, $kind) // 'id')) : $kind eq 't' ? Random::text() : value($model, $kind, $depth + 2) }

sub date_value {
	my ($model, $depth) = @_;
	return object('$trunc', value($model, 'd', $depth + 1), 'part', quoted(chance(0.9) ? pick(qw(year quarter month week day)) : pick(@parts))) if chance(0.5);
	return object(pick('$add', '$sub'), [ value($model, 'd', $depth + 1), object('$interval', quoted(chance(0.95) ? pick('1 day', '-3 months', '2 hours') : pick('1e9 years', 'x'))) ]);
}

sub truth {
	my ($model, $depth) = @_;
	my $way = rand;
	return object('$q', told($model)) if $way < 0.3;
	return inner($model, '$exists', $depth) if $way < 0.7;
	return tree($model) if $way < 0.8;
	return object('$related', object('model', quoted(model_name()), 'accessor', quoted(pick(qw(posts tags editors children))), 'key', Random::number()));
}

sub tree {
	my ($model) = @_;
	return object(pick('$descendants', '$ancestors'), object('of', pick(Random::number(), told($model), Random::text()), maybe(0.3, 'self', pick('true', 'false')),
		maybe(0.3, 'depth', Random::number()), maybe(0.3, 'by', quoted(pick('parent', 'parent', 'author', 'children', "'")))));
}

my @simple = qw($count $sum $avg $min $max $stddev $variance $string_agg $array_agg $json_agg $bool_and $bool_or $bit_and $bit_or $bit_xor);
my @double = qw($corr $covar_pop $regr_avgx $regr_count $regr_slope $regr_syy);

sub aggregate {
	my ($model, $depth) = @_;
	my @ways = sort keys %{ $many{$model} || {} };
	return value($model, 'n', 1) unless $grouped or @ways or chance(0.02);
	local $over = @ways ? pick(@ways) : undef;
	return object('$count', quoted($grouped ? pick('*', @ways) : pick(@ways, @ways, '*')), maybe(0.3, 'filter', told($model))) if chance(0.3);
	return object(pick(@double), [ quoted(counted($model, 'n')), quoted(counted($model, 'n')) ], maybe(0.05, 'sample', 'true')) if chance(0.1);
	my $name = pick(@simple);
	my $kind = $name =~ /bool/ ? 'b' : $name =~ /string/ ? 't' : $name =~ /sum|avg|std|var|bit/ ? 'n' : pick(@kinds);
	my $path = quoted(counted($model, $kind));
	return object($name, chance(0.8) ? $path : chance(0.8) ? object('$f', $path) : object(pick('$lower', '$json_array', '$coalesce'), [ $path, $path ]),
		maybe(0.15, 'distinct', 'true'), maybe(0.15, 'filter', told($model)), maybe(0.15, 'order_by', [ pick($path, $path, quoted(counted($model))) ]),
		maybe(0.15, 'default', pick(literal_of($kind), value($model, $kind, 3))), maybe($name =~ /std|var/ ? 0.3 : 0.01, 'sample', 'true'), maybe($name =~ /string/ ? 0.5 : 0.01, 'delimiter', Random::text()));
}

my %windows = ('$row_number' => '', '$rank' => '', '$dense_rank' => '', '$percent_rank' => '', '$cume_dist' => '', '$ntile' => 'i', '$lag' => 'vi', '$lead' => 'v', '$first_value' => 'v',
	'$last_value' => 'v', '$nth_value' => 'vi');

sub window {
	my ($model, $depth) = @_;
	my $name = pick(sort keys %windows);
	local $grouped = 1;
	my $inside = chance(0.3) ? aggregate($model, $depth) : object($name, [ map { argument($model, $_, $depth + 1) } split //, $windows{$name} ]);
	my @order = orders($model);
	push @order, quoted('pk') if $steady and $model ne 'Seat';
	return object('$window', $inside, maybe(0.5, 'partition_by', chance(0.5) ? quoted(some_column($model)) : [ value($model, pick(@kinds), $depth + 1) ]), $steady || chance(0.6) ? ('order_by', \@order) : (),
		maybe(0.2, 'frame', object(pick(qw(rows range groups)), [ map { pick('null', -2, -1, 0, 1, 2, Random::number()) } 1 .. 2 ])));
}

# Terms of an order.
sub orders {
	my ($model) = @_;
	return map { chance(0.6) ? quoted((chance(0.3) ? '-' : '') . some_column($model)) : object(pick('$asc', '$desc'), value($model, pick(@kinds), 2), maybe(0.3, 'nulls', quoted(pick('first', 'last', chance(0.05) ? 'x' : 'last')))) } 1 .. 1 + int rand 2;
}

# A query set in an expression, tied to the row around it more often than not.
sub inner {
	my ($model, $word, $depth, $kind) = @_;
	local $grouped = 0;
	local @known = ();
	local $Random::annotated = 0.02;
	my ($within) = pick(sort keys %columns);
	my $conditions = told($within);
	push @{ $conditions->{members} }, [ $own{$within} // ($within eq 'Seat' ? 'line' : 'pk'), object('$outer', quoted(chance(0.8) ? ($model eq 'Seat' ? 'line' : 'pk') : some_column($model))) ] if chance(0.7);
	my @rest = $word eq '$exists' ? maybe(0.2, 'limit', 1) : (pick => [ quoted(column($within, $kind) // some_column($within)) ], limit => 1, order_by => [ orders($within), $within eq 'Seat' ? () : quoted('pk') ]);
	return object($word eq '$subquery' && chance(0.3) ? '$array_subquery' : $word, object(model => quoted($within), filter => $conditions, @rest,
		maybe(0.03, 'group_by', [ quoted(some_column($within)) ]), maybe(0.1, 'annotate', annotations($within, $depth + 2)), maybe(0.1, 'offset', pick(0, 1)), maybe(0.05, 'union', [ object(model => quoted($within)) ])));
}

# Names for annotations.
my @names = ('a', 'b', 'n', 'place');

sub annotations {
	my ($model, $depth) = @_;
	$depth //= 0;
	return object(map { (chance(0.98) ? $_ : pick('title', 'id', 'a__b', "'", '"; --', "\x{e9}", 'x' x 80, ''),
		chance(0.4) ? aggregate($model, $depth) : chance(0.15) ? window($model, $depth) : value($model, pick(@kinds), $depth)) } @names[ 0 .. int rand 3 ]);
}

# One list that comes along, with a query of its own.
sub list {
	my ($model) = @_;
	my @ways = sort keys %{ $many{$model} || {} };
	return quoted('tags') unless @ways;
	local @known = ();
	local $Random::annotated = 0.02;
	my $way = pick(@ways);
	my $of = $many{$model}{$way} // 'Tag';
	return object(path => quoted($way), maybe(0.5, 'to_attr', quoted(pick('few', 'few', 'best', 'top', "'", chance(0.1) ? 'id' : 'top'))), maybe(0.8, 'query', object(maybe(0.5, 'filter', told($of, 1)), maybe(0.4, 'order_by', [ orders($of), quoted('pk') ]),
		maybe(0.4, 'limit', pick(0, 1, 2)), maybe(0.2, 'offset', 1), maybe(0.3, 'annotate', annotations($of)), maybe(0.2, 'only', [ quoted(some_column($of)) ]), maybe(0.02, 'pick', [ quoted(some_column($of)) ]),
		maybe(0.2, 'prefetch_related', [ map { list($of) } 1 .. int rand 2 ]), maybe(0.05, 'model', quoted($of)), maybe(0.02, 'union', []))));
}

# Names for group_by, pick and the like, each once.
sub picked {
	my ($model, $own) = @_;
	my %seen;
	return [ map { quoted($_) } grep { !$seen{$_}++ } map { @known && !$own && chance(0.4) ? pick(@known) : some_column($model) } chance(0.05) ? () : 1 .. 1 + int rand 3 ];
}

# What select_related takes: ways to one row.
sub ways_to_one {
	my ($model) = @_;
	my $way = pick(sort keys %{ $one{$model} || {} });
	return $way ? [ quoted($way) ] : [];
}

# Another of the sets that are put together.
sub set { my ($model) = @_; return chance(0.05) ? Random::query_set(1) : object(model => quoted($model), filter => told($model, 1), maybe(0.2, 'limit', 2), maybe(0.1, 'annotate', annotations($model))) }

# Members that make a query set more than its rows.
sub parts {
	my ($model, $depth) = @_;
	my @m;
	local $grouped = !$depth && chance(0.1);
	push @m, [ 'group_by', picked($model, 1) ] if $grouped;
	push @m, [ chance(0.7) ? 'annotate' : 'alias', $grouped ? object(map { ($_, aggregate($model, 0)) } @names[ 0 .. int rand 3 ]) : annotations($model) ] if $grouped || chance(0.35);
	local @known = @m ? map { $_->[0] } @{ $m[-1][1]{members} } : ();
	push @m, [ 'pick', picked($model) ] if !$grouped and chance(0.12);
	push @m, [ pick('only', 'defer'), picked($model, chance(0.9)) ] if !$grouped and !grep({ $_->[0] eq 'pick' } @m) and chance(0.08);
	push @m, [ pick('union', 'union', 'intersection', 'difference'), [ map { set($model) } 1 .. 1 + rand 2 ] ], maybe(0.3, [ 'all', 'true' ]) if !$depth and !$grouped and chance(0.08);
	push @m, [ 'for_update', chance(0.5) ? 'true' : object(map { (pick(qw(nowait skip_locked no_key share of)), pick('true', 'false', 1)) } 1 .. int rand 3) ] if !$depth and chance(0.02);
	return @m;
}

# A condition that is an expression: [word, value].
sub condition {
	my ($model) = @_;
	my $truth = value($model, 'b', 1);
	return ref $truth eq 'HASH' ? @{ $truth->{members} }[0] : [ '$gt', [ value($model, 'n', 2), value($model, 'n', 2) ] ];
}

1;
