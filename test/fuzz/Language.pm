# The parts of random query sets that compute: expressions, annotations, aggregates, groups, windows, query sets in others, sets,
# lists with queries of their own, locks. Their documents are as Random.pm describes them; it is loaded by it, at its end.

package Language;

use strict;
use warnings;

use Random;

# Without volatile functions, and windows whose rows have one order: asked twice, the answer is the same.
our $steady = 0;

# What a model's own columns are good for: numbers, texts, times, truth values, JSON, arrays.
my %columns = (
	User => { n => [qw(id pk parent_id)], t => [qw(name email)], b => ['active'] },
	Post => { n => [qw(id views views score author_id)], t => ['title'], d => [qw(created_at updated_at)], j => ['data'] },
	Tag => { n => ['id'], t => ['name'] },
	Profile => { n => ['owner_id'], t => ['bio'] },
	Seat => { n => ['line'], t => ['number'], b => ['free'] },
	Every => { n => [qw(id small big price rating)], t => [qw(text kind slug)], d => [qw(born at)], j => ['data'] });
my %one = (User => { parent => 'User', profile => 'Profile' }, Post => { author => 'User' }, Profile => { owner => 'User' });
my %many = (User => { posts => 'Post', edited => 'Post', children => 'User' }, Post => { tags => 'Tag', editors => 'User' }, Tag => { posts => 'Post' });
my %own = (User => 'parent', Post => 'author', Profile => 'owner');

my @kinds = qw(n n t t d b j);
my @parts = qw(year iso_year quarter month week day week_day iso_week_day hour minute second);
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
	my $names = $columns{$model}{ $kind // pick(@kinds) };
	return $names ? $way . pick(@$names) : path($model);
}

# What an aggregate is over: a path over one to-many relation, or in a group the row's own column.
sub counted {
	my ($model, $kind) = @_;
	my @ways = sort keys %{ $many{$model} || {} };
	return column($model, $kind) unless @ways and chance(0.7);
	my $way = pick(@ways);
	return $way . '__' . column($many{$model}{$way}, $kind);
}

sub literal_of {
	my ($kind) = @_;
	return Random::number() if $kind eq 'n';
	return object('$v', Random::text()) if $kind eq 't';
	return pick('true', 'false') if $kind eq 'b';
	return pick(object('$v', quoted('2026-01-01 00:00+00'), 'as', quoted('timestamptz')), object('$now', 'null')) if $kind eq 'd';
	return object('$v', junk(2));
}

my %calls = (
	n => { '$add' => 'nn', '$sub' => 'nn', '$mul' => 'nn', '$div' => 'nn', '$mod' => 'nn', '$power' => 'nn', '$abs' => 'n', '$ceil' => 'n', '$floor' => 'n', '$round' => 'ni',
		'$sign' => 'n', '$sqrt' => 'n', '$exp' => 'n', '$ln' => 'n', '$log' => 'nn', '$sin' => 'n', '$cot' => 'n', '$atan2' => 'nn', '$acos' => 'n', '$length' => 't', '$strindex' => 'tt',
		'$ord' => 't', '$bitand' => 'nn', '$bitxor' => 'nn', '$bitleftshift' => 'ni', '$bitrightshift' => 'ni', '$pi' => '' },
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
	$kind = pick(@kinds) if chance(0.05);
	return quoted(column($model, $kind)) if $depth > 3 or chance(0.3);
	return literal_of($kind) if chance(0.2);
	my $way = rand;
	if ($way < 0.08) { return object('$case', [ map { object('when', Random::conditions($model, 3), 'then', result($model, $kind, $depth)) } 1 .. 1 + rand 2 ], maybe(0.7, 'default', result($model, $kind, $depth))) }
	if ($way < 0.2) { return object(pick('$coalesce', '$coalesce', '$greatest', '$least', '$nullif'), [ map { value($model, $kind, $depth + 1) } 1 .. 2 ]) }
	if ($way < 0.24) { return object('$cast', value($model, pick(@kinds), $depth + 1), 'as', quoted(pick(@types))) }
	if ($way < 0.28) { return aggregate($model, $depth) }
	if ($way < 0.31) { return window($model, $depth) }
	if ($way < 0.35) { return inner($model, '$subquery', $depth) }
	return object('$f', quoted(column($model, $kind))) if $way < 0.37;
	return object(pick('$outer', '$kt'), quoted(path($model))) if $way < 0.375;
	return object('$collate', value($model, 't', $depth + 1), 'collation', quoted(pick('C', 'C', 'POSIX', 'nope', 'pg_catalog.C'))) if $kind eq 't' and $way < 0.4;
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

sub result { my ($model, $kind, $depth) = @_; return chance(0.5) ? object('$f', quoted(column($model, $kind))) : $kind eq 't' ? Random::text() : value($model, $kind, $depth + 2) }

sub date_value {
	my ($model, $depth) = @_;
	return object('$trunc', value($model, 'd', $depth + 1), 'part', quoted(pick(@parts))) if chance(0.5);
	return object(pick('$add', '$sub'), [ value($model, 'd', $depth + 1), object('$interval', quoted(pick('1 day', '-3 months', '2 hours', '1e9 years', 'x'))) ]);
}

sub truth {
	my ($model, $depth) = @_;
	my $way = rand;
	return object('$q', Random::conditions($model, 3)) if $way < 0.3;
	return inner($model, '$exists', $depth) if $way < 0.7;
	return tree($model) if $way < 0.8;
	return object('$related', object('model', quoted(model_name()), 'accessor', quoted(pick(qw(posts tags editors children))), 'key', Random::number()));
}

sub tree {
	my ($model) = @_;
	return object(pick('$descendants', '$ancestors'), object('of', pick(Random::number(), Random::conditions($model, 3), Random::text()), maybe(0.3, 'self', pick('true', 'false')),
		maybe(0.3, 'depth', Random::number()), maybe(0.3, 'by', quoted(pick('parent', 'parent', 'author', 'children', "'")))));
}

my @simple = qw($count $sum $avg $min $max $stddev $variance $string_agg $array_agg $json_agg $bool_and $bool_or $bit_and $bit_or $bit_xor);
my @double = qw($corr $covar_pop $regr_avgx $regr_count $regr_slope $regr_syy);

sub aggregate {
	my ($model, $depth) = @_;
	my @ways = sort keys %{ $many{$model} || {} };
	return object('$count', quoted(pick('*', @ways)), maybe(0.3, 'filter', Random::conditions($model, 3))) if chance(0.3);
	return object(pick(@double), [ quoted(counted($model, 'n')), quoted(counted($model, 'n')) ], maybe(0.1, 'sample', 'true')) if chance(0.1);
	my $name = pick(@simple);
	my $kind = $name =~ /bool/ ? 'b' : $name =~ /string/ ? 't' : $name =~ /sum|avg|std|var|bit/ ? 'n' : pick(@kinds);
	my $path = quoted(counted($model, $kind));
	return object($name, chance(0.8) ? $path : object(pick('$f', '$lower', '$abs', '$json_array', '$coalesce'), pick($path, [ $path, $path ])),
		maybe(0.15, 'distinct', 'true'), maybe(0.15, 'filter', Random::conditions($model, 3)), maybe(0.15, 'order_by', [ pick($path, quoted(counted($model)), object('$desc', $path)) ]),
		maybe(0.15, 'default', pick(literal_of($kind), value($model, $kind, 3))), maybe(0.1, 'sample', 'true'), maybe(0.1, 'delimiter', Random::text()));
}

my %windows = ('$row_number' => '', '$rank' => '', '$dense_rank' => '', '$percent_rank' => '', '$cume_dist' => '', '$ntile' => 'i', '$lag' => 'vi', '$lead' => 'v', '$first_value' => 'v',
	'$last_value' => 'v', '$nth_value' => 'vi');

sub window {
	my ($model, $depth) = @_;
	my $name = pick(sort keys %windows);
	my $inside = chance(0.3) ? aggregate($model, $depth) : object($name, [ map { argument($model, $_, $depth + 1) } split //, $windows{$name} ]);
	my @order = orders($model);
	push @order, quoted('pk') if $steady;
	return object('$window', $inside, maybe(0.5, 'partition_by', chance(0.5) ? quoted(column($model)) : [ value($model, pick(@kinds), $depth + 1) ]), $steady || chance(0.6) ? ('order_by', \@order) : (),
		maybe(0.2, 'frame', object(pick(qw(rows range groups)), [ map { pick('null', -2, -1, 0, 1, 2, Random::number()) } 1 .. 2 ])));
}

# Terms of an order.
sub orders {
	my ($model) = @_;
	return map { chance(0.6) ? quoted((chance(0.3) ? '-' : '') . column($model)) : object(pick('$asc', '$desc'), value($model, pick(@kinds), 2), maybe(0.3, 'nulls', quoted(pick('first', 'last', 'x')))) } 1 .. 1 + int rand 2;
}

# A query set in an expression, tied to the row around it more often than not.
sub inner {
	my ($model, $word, $depth) = @_;
	my ($within) = pick(sort keys %columns);
	my $conditions = Random::conditions($within, 3);
	push @{ $conditions->{members} }, [ $own{$within} // 'pk', object('$outer', quoted(chance(0.7) ? 'pk' : path($model))) ] if chance(0.7);
	my @rest = $word eq '$exists' ? maybe(0.2, 'limit', 1) : (pick => [ quoted(column($within)) ], limit => 1, order_by => [ orders($within), quoted('pk') ]);
	return object($word eq '$subquery' && chance(0.3) ? '$array_subquery' : $word, object(model => quoted($within), filter => $conditions, @rest,
		maybe(0.1, 'group_by', [ quoted(column($within)) ]), maybe(0.1, 'annotate', annotations($within, $depth + 2)), maybe(0.1, 'offset', pick(0, 1)), maybe(0.05, 'union', [ object(model => quoted($within)) ])));
}

# Names that annotations of this query set have; path() finds them.
my @names = ('a', 'b', 'n', 'place');

sub annotations {
	my ($model, $depth) = @_;
	$depth //= 0;
	return object(map { (chance(0.95) ? $_ : pick('title', 'id', 'a__b', "'", '"; --', "\x{e9}", 'x' x 80, ''),
		chance(0.4) ? aggregate($model, $depth) : chance(0.15) ? window($model, $depth) : value($model, pick(@kinds), $depth)) } @names[ 0 .. int rand 3 ]);
}

# One list that comes along, with a query of its own.
sub list {
	my ($model) = @_;
	my @ways = sort keys %{ $many{$model} || {} };
	my $way = @ways ? pick(@ways) : 'tags';
	my $of = $many{$model}{$way} // 'Tag';
	return object(path => quoted($way), maybe(0.5, 'to_attr', quoted(pick('few', 'few', 'best', 'id', "'"))), maybe(0.8, 'query', object(maybe(0.5, 'filter', Random::conditions($of)), maybe(0.4, 'order_by', [ orders($of), quoted('pk') ]),
		maybe(0.4, 'limit', pick(0, 1, 2)), maybe(0.2, 'offset', 1), maybe(0.3, 'annotate', annotations($of)), maybe(0.2, 'only', [ quoted(column($of)) ]), maybe(0.1, 'pick', [ quoted(column($of)) ]),
		maybe(0.2, 'prefetch_related', [ map { list($of) } 1 .. int rand 2 ]), maybe(0.05, 'model', quoted($of)), maybe(0.05, 'union', []))));
}

sub picked { my ($model) = @_; return [ map { quoted(chance(0.4) ? pick(@names) : column($model)) } 1 .. int rand 4 ] }

# Members that make a query set more than its rows.
sub parts {
	my ($model, $depth) = @_;
	my @m;
	push @m, [ pick('annotate', 'annotate', 'alias'), annotations($model) ] if chance(0.35);
	push @m, [ 'group_by', picked($model) ] if chance(0.1);
	push @m, [ 'pick', picked($model) ] if chance(0.12);
	push @m, [ pick('only', 'defer'), picked($model) ] if chance(0.08);
	push @m, [ pick('union', 'union', 'intersection', 'difference'), [ map { chance(0.1) ? Random::query_set(1) : object(model => quoted($model), filter => Random::conditions($model), maybe(0.2, 'limit', 2), maybe(0.1, 'annotate', annotations($model))) } 1 .. 1 + rand 2 ] ], maybe(0.3, [ 'all', 'true' ])
		if !$depth and chance(0.08);
	push @m, [ 'for_update', chance(0.5) ? 'true' : object(map { (pick(qw(nowait skip_locked no_key share of)), pick('true', 'false', 1)) } 1 .. int rand 3) ] if !$depth and chance(0.03);
	return @m;
}

# A condition that is an expression: [word, value].
sub condition {
	my ($model) = @_;
	my $truth = value($model, 'b', 1);
	return ref $truth eq 'HASH' ? @{ $truth->{members} }[0] : [ '$gt', [ value($model, 'n', 2), value($model, 'n', 2) ] ];
}

1;
