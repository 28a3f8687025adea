# The parts of random query sets that compute: expressions, annotations, aggregates, groups, windows, query sets in others, sets,
# lists with queries of their own, locks. Their documents are as Random.pm describes them; it is loaded by it, at its end.

package Language;

use strict;
use warnings;

use Random;
use Schema;

# Without volatile functions, and windows whose rows have one order: asked twice, the answer is the same.
our $steady = 0;
# Names that annotations of this query set have, path() of Random.pm finds them; the kinds of their values.
our @known = ();
our %kinds = ();
# The row that an inner query set has around it: its model, or nothing.
our $around;
# What the query set's rows are put together by, where they are.
our $behind;

my @kinds = qw(n n w t t d b j);
my @parts = qw(year iso_year quarter month week day week_day iso_week_day hour minute second);
my %casts = (n => [ 'float8', 'numeric', 'int8', 'numeric(8,2)' ], w => [qw(int4 int8)], t => [ 'text', 'varchar(3)' ], b => ['boolean'], d => [qw(timestamptz)], j => ['jsonb']);
my @types = ('int4', 'int8', 'text', 'float8', 'numeric(8,2)', 'date', 'timestamptz', 'boolean', 'jsonb', 'uuid', 'int4[]', 'varchar(3)', 'nope', 'int4; --', '', 'regclass', 'record');

sub object { my @m; push @m, [ splice @_, 0, 2 ] while @_; return { members => \@m } }
# A member, or none; what is costly is made when it is wanted.
sub maybe { my ($chance, $word, $value) = @_; return chance($chance) ? ($word, ref $value eq 'CODE' ? $value->() : $value) : () }
sub odds { my ($chance, $word, $value) = @_; return $Random::careful ? () : maybe($chance, $word, $value) }
sub text { return $Random::careful ? Random::plain_text() : Random::text() }

# A column of this kind, at times an annotation.
sub column {
	my ($model, $kind) = @_;
	my @fitting = grep { ($kinds{$_} // '') eq ($kind // 'n') } @known;
	return pick(@fitting) if @fitting and chance(0.15);
	return Schema::column($model, $kind);
}

# The same, and where there is none something that fits.
sub column_value { my ($model, $kind) = @_; my $column = column($model, $kind); return defined $column ? quoted($column) : literal_of($kind // 'n') }
sub some_column { my ($model) = @_; return Schema::column($model) // Random::path($model) }

# How many documents this one stands in.
our $within = 0;

# Conditions, seldom none.
sub told { my ($model, $depth) = @_; local $within = $within + 1; return object('pk__isnull', 'false') if $within > 5; my $c; for (1 .. 5) { $c = Random::conditions($model, $depth // 3); last if @{ $c->{members} } } return $c }

# What an aggregate is over: the row's own column where rows are put together, else a path over the one to-many relation.
our $grouped = 0;
our $over;
sub counted {
	my ($model, $kind) = @_;
	my @ways = sort keys %{ $Schema::many{$model} || {} };
	return Schema::column($model, $kind) // some_column($model) if $grouped or !@ways;
	my $way = $over // pick(@ways);
	return $way . '__' . (Schema::column($Schema::many{$model}{$way}, $kind) // Schema::column($Schema::many{$model}{$way}) // 'id');
}

sub literal_of {
	my ($kind) = @_;
	return Random::number() if $kind eq 'n' and odd(0.3);
	return pick(0, 1, 2, 7, -3) if $kind =~ /[nw]/;
	return object('$v', text()) if $kind eq 't';
	return pick('true', 'false') if $kind eq 'b';
	return pick(object('$v', quoted('2026-01-01 00:00+00'), 'as', quoted('timestamptz')), object('$now', 'null')) if $kind eq 'd';
	return $Random::careful ? object('$v', pick('[1]', object('a', 1))) : object('$v', Random::junk(2));
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
# Those whose arguments may well be out of their range.
my %strained = map { ($_ => 1) } qw($div $mod $power $sqrt $exp $ln $log $acos $cot $chr);

sub argument {
	my ($model, $kind, $depth) = @_;
	return 1 + int(rand 4) if $kind eq 'i';
	return value($model, $kind eq 'v' ? pick(@kinds) : $kind, $depth + 1);
}

# An expression of some kind of value, as a person would write it.
sub value {
	my ($model, $kind, $depth) = @_;
	$depth //= 0;
	$kind = pick(@kinds) if odd(0.02);
	return column_value($model, $kind) if $depth > 3 or chance(0.35);
	return literal_of($kind) if chance(0.2);
	my $way = rand;
	if ($way < 0.08) { return object('$case', [ map { object('when', told($model), 'then', result($model, $kind, $depth)) } 1 .. 1 + rand 2 ], maybe(0.7, 'default', sub { result($model, $kind, $depth) })) }
	if ($way < 0.2 and $kind ne 'j') { return object(pick('$coalesce', '$coalesce', '$greatest', '$least', '$nullif'), [ map { value($model, $kind, $depth + 1) } 1 .. 2 ]) }
	if ($way < 0.24) { return object('$cast', value($model, $kind eq 't' ? pick(@kinds) : $kind, $depth + 1), 'as', quoted(odd(0.2) ? pick(@types) : pick(@{ $casts{$kind} }))) }
	if ($way < 0.28 and $kind eq 'n' and !$depth) { return aggregate($model, 'n') }
	if ($way < 0.29 and !$depth and !$grouped) { return (window($model))[1] }
	if ($way < 0.36 and $depth < 2) { return inner($model, '$subquery', $depth, $kind) }
	if ($way < 0.45 and $around) { return outer($kind) }
	return object('$f', quoted(column($model, $kind) // some_column($model))) if $way < 0.47 and Schema::has($model, $kind);
	return object(pick('$outer', '$kt'), quoted(Random::path($model))) if odd(0.01);
	return object('$kt', quoted('data__' . pick('a', 'b', 'b__0'))) if $kind eq 't' and $way < 0.5 and Schema::has($model, 'j');
	return object('$collate', value($model, 't', $depth + 1), 'collation', quoted(odd(0.2) ? pick('nope', 'pg_catalog.C') : pick('C', 'POSIX'))) if $kind eq 't' and $way < 0.52;
	return object(pick('$random', '$random_uuid'), 'null') if !$steady and $way < 0.48 and $kind eq 'n';
	return date_value($model, $depth) if $kind eq 'd';
	return object('$extract', value($model, 'd', $depth + 1), 'part', quoted(pick(@parts))) if $kind eq 'n' and chance(0.1);
	return truth($model, $depth) if $kind eq 'b' and chance(0.6);
	return chance(0.5) ? object('$json_object', object(map { (odd(0.3) ? pick("'", '"', '$v') : "k$_", argument($model, 'v', $depth)) } 1 .. int rand 3)) : object('$json_array', [ map { argument($model, 'v', $depth) } 1 .. int rand 3 ])
		if $kind eq 'j';
	my $name = pick(grep { !$Random::careful || !$strained{$_} } sort keys %{ $calls{$kind} }) // return literal_of($kind);
	my @arguments = map { argument($model, $_, $depth) } split //, $calls{$kind}{$name};
	return object($name, @arguments == 1 && chance(0.7) ? $arguments[0] : \@arguments);
}

sub result {
	my ($model, $kind, $depth) = @_;
	my $column = column($model, $kind);
	return chance(0.5) && defined $column ? object('$f', quoted($column)) : $kind eq 't' ? text() : literal_of($kind);
}

# A value of the row around.
sub outer { my ($kind) = @_; my $column = Schema::column($around, $kind); return defined $column ? object('$outer', quoted($column)) : literal_of($kind) }

sub date_value {
	my ($model, $depth) = @_;
	return object('$trunc', value($model, 'd', $depth + 1), 'part', quoted(odd(0.2) ? pick(@parts) : pick(qw(year quarter month week day)))) if chance(0.5);
	return object(pick('$add', '$sub'), [ value($model, 'd', $depth + 1), object('$interval', quoted(odd(0.1) ? pick('1e9 years', 'x') : pick('1 day', '-3 months', '2 hours'))) ]);
}

sub truth {
	my ($model, $depth) = @_;
	my $way = rand;
	return object('$q', told($model)) if $way < 0.25;
	return inner($model, '$exists', $depth) if $way < 0.6;
	return tree($model) if $way < 0.95 and $Schema::self{$model} or odd(0.1);
	return object('$q', told($model));
}

# A condition that related() makes: which rows of the model stand behind one row.
my %accessors = (Post => [ [qw(User posts)], [qw(User edited)], [qw(Tag posts)] ], Tag => [ [qw(Post tags)] ], User => [ [qw(Post editors)], [qw(User children)] ], Node => [ [qw(User nodes)] ]);
sub related {
	my ($model) = @_;
	my ($from, $accessor) = @{ pick(@{ $accessors{$model} || [ [qw(User posts)] ] }) };
	return object('$related', object('model', quoted(odd(0.1) ? Random::model_name() : $from), 'accessor', quoted(odd(0.1) ? 'x' : $accessor), 'key', odd(0.1) ? Random::number() : pick(1 .. 5)));
}

# Rows below and above others: a truth for each row of a model that refers to itself.
sub tree {
	my ($model) = @_;
	my $ways = $Schema::self{$model} || ['parent'];
	my $key = $Schema::keys{$model} ? Conditions::whole_key($model) : pick(1 .. 5);
	my $of = odd(0.3) ? pick(Random::number(), Random::text(), Random::junk(2), Conditions::whole_key('Node')) : chance(0.3) ? $key : chance(0.2) ? object('pk', $key) : told($model);
	return object(pick('$descendants', '$ancestors'), object('of', $of, maybe(0.4, 'self', pick('true', 'false')), maybe(0.3, 'depth', odd(0.3) ? Random::number() : pick(0 .. 3)),
		maybe(@$ways > 1 ? 1 - !$Random::careful * 0.1 : 0.3, 'by', quoted(odd(0.2) ? pick('author', 'children', 'seat', "'", '') : pick(@$ways)))));
}

my %aggregates = (n => [qw($count $sum $avg $min $max $stddev $variance)], w => [qw($count $bit_and $bit_or $bit_xor $min $max)], t => [qw($string_agg $min $max)], b => [qw($bool_and $bool_or)],
	d => [qw($min $max)], j => [qw($json_agg)], x => [qw($array_agg)]);
my @double = qw($corr $covar_pop $regr_avgx $regr_count $regr_slope $regr_syy);

# What an aggregate of this kind of values is over: [the kind that it takes, its path].
sub taken {
	my ($model, $kind) = @_;
	my $takes = $kind =~ /[jx]/ ? pick(qw(n t)) : $kind;
	return ($takes, quoted(counted($model, $takes)));
}

# An aggregate over related rows, or where rows are put together over these; its value is of this kind.
sub aggregate {
	my ($model, $kind) = @_;
	my @ways = sort keys %{ $Schema::many{$model} || {} };
	return value($model, $kind, 1) unless $grouped or @ways or odd(0.02);
	local $over = @ways ? pick(grep { $kind =~ /^[nwjx]$/ || Schema::has($Schema::many{$model}{$_}, $kind) } @ways) // return value($model, $kind, 1) : undef;
	return value($model, $kind, 1) if $grouped and !Schema::has($model, $kind =~ /[jx]/ ? 'n' : $kind);
	local $grouped = 1 if @ways and $grouped;
	my @counts = ($grouped ? '*' : (), $grouped && $grouped eq 'window' ? () : @ways);
	return object('$count', quoted(odd(0.05) ? '*' : pick(@counts)), maybe(0.3, 'filter', sub { told($model) })) if $kind =~ /[nw]/ and chance(0.3);
	return object(pick(@double), [ quoted(counted($model, 'n')), quoted(counted($model, 'n')) ], odds(0.05, 'sample', 'true')) if $kind eq 'n' and chance(0.1);
	my $name = odd(0.1) ? pick(map { @$_ } map { $aggregates{$_} } sort keys %aggregates) : pick(@{ $aggregates{$kind} });
	my ($takes, $path) = taken($model, $kind);
	my $distinct = $grouped ne 'window' && chance(0.15) && $path =~ /__|^"/;
	return object($name, !chance(0.2) ? $path : chance(0.8) ? object('$f', $path) : object('$coalesce', [ $path, $path ]),
		$distinct ? ('distinct', 'true') : (), maybe(0.15, 'filter', sub { told($model) }), $grouped eq 'window' && !odd(0.1) ? () : maybe(0.15, 'order_by', sub { [ $distinct ? $path : pick($path, quoted(counted($model))) ] }),
		maybe($kind eq 'x' ? 0 : 0.15, 'default', literal_of($kind)), $name =~ /std|var/ ? maybe(0.3, 'sample', 'true') : odds(0.02, 'sample', 'true'),
		$name =~ /string/ ? maybe(0.5, 'delimiter', text()) : odds(0.02, 'delimiter', text()));
}

# What aggregate() and groups have: aggregates and what is made of them.
sub summed {
	my ($model, $kind) = @_;
	local $grouped = 1;
	$kind //= 'n';
	return object(pick('$add', '$mul', '$coalesce', '$greatest'), [ aggregate($model, 'n'), pick(aggregate($model, 'n'), literal_of('w')) ]) if $kind eq 'n' and chance(0.2);
	my $aggregate = aggregate($model, $kind);
	return sums($aggregate) || odd(0.1) ? $aggregate : object('$count', quoted('*'));
}

# Is it an aggregate?
sub sums { my ($doc) = @_; return ref $doc eq 'HASH' && $doc->{members}[0][0] =~ /^\$(count|sum|avg|min|max|std|var|string_agg|array_agg|json_agg|bool|bit_(and|or|xor)|corr|covar|regr)/ }

my %windows = ('$row_number' => '', '$rank' => '', '$dense_rank' => '', '$percent_rank' => '', '$cume_dist' => '', '$ntile' => 'i', '$lag' => 'vi', '$lead' => 'v', '$first_value' => 'v',
	'$last_value' => 'v', '$nth_value' => 'vi');

# The kind of its value, and a window.
sub window {
	my ($model) = @_;
	my $name = pick(sort keys %windows);
	my $kind = $windows{$name} =~ /v/ || chance(0.3) ? pick(@kinds) : 'n';
	my $sum = $windows{$name} !~ /v/ && $kind ne 'n' || chance(0.2);
	local @known = () unless odd(0.2);
	my $inside = $sum ? do { local $grouped = 'window'; aggregate($model, $kind) } : object($name, [ map { argument($model, $_ eq 'v' ? $kind : $_, 2) } split //, $windows{$name} ]);
	$inside = object($name = '$rank', []) if $sum and !sums($inside) and $kind = 'n';
	my @order = orders($model);
	push @order, map { quoted($_) } Schema::told_apart($model) if $steady;
	my $unit = pick(qw(rows rows range groups));
	my @bounds = $Random::careful ? ($unit eq 'range' ? ('null', pick(0, 'null')) : (pick('null', -2, -1), pick(0, 1, 'null'))) : map { pick('null', -2, -1, 0, 1, 2, Random::number()) } 1 .. 2;
	return ($kind, object('$window', $inside, maybe(0.5, 'partition_by', sub { chance(0.5) ? quoted(some_column($model)) : [ value($model, pick(@kinds), 2) ] }), $steady || chance(0.7) ? ('order_by', \@order) : (),
		maybe($steady || !$Random::careful || $name eq '$rank' ? 0.2 : 0, 'frame', object($unit, \@bounds))));
}

# A path to order by, without a path over to-many relations.
sub order_path {
	my ($model) = @_;
	return column($model, pick(qw(n t))) // some_column($model);
}

# Terms of an order.
sub orders {
	my ($model) = @_;
	return quoted((chance(0.3) ? '-' : '') . pick($behind && ref $behind eq 'ARRAY' ? map { substr $_, 1, -1 } @$behind : (), @known)) if $behind and @known;
	my %seen;
	return map { chance(0.6) ? quoted((chance(0.3) ? '-' : '') . order_path($model)) : object(pick('$asc', '$desc'), value($model, pick(qw(n w t t d b)), 2), maybe(0.3, 'nulls', quoted(pick('first', 'last', odd(0.1) ? 'x' : 'last')))) } 1 .. 1 + int rand 2;
}

# How rows of one model refer to those of another.
my %ties = (User => { User => 'parent' }, Post => { User => 'author', Tag => 'tags' }, Profile => { User => 'owner' }, Node => { User => 'owner' }, Tag => { Post => 'posts' });

# A condition that ties the rows within to the row around.
sub tied_by {
	my ($within, $model) = @_;
	my $way = ($ties{$within} || {})->{$model};
	return [ $way, object('$outer', quoted('pk')) ] if $way and chance(0.7);
	my $kind = pick(qw(n w t));
	my $column = Schema::column($within, $kind) // 'pk';
	return [ $column . pick('', '', '__gte', '__lt'), object('$outer', quoted(odd(0.1) ? some_column($model) : Schema::column($model, $kind) // 'pk')) ] if Schema::has($model, $kind) and Schema::has($within, $kind);
	return [ 'pk__isnull', 'false' ];
}

# A query set in an expression, tied to the row around it more often than not.
sub inner {
	my ($model, $word, $depth, $kind) = @_;
	return $kind ? literal_of($kind) : object('$isnull', 1) if $depth > 3 or $within > 4;
	local $within = $within + 1;
	my $tied = $Schema::columns{$model} && chance(0.7) && !($grouped && $Random::careful);
	local $around = $tied ? $model : undef;
	local $grouped = 0;
	local $behind;
	local @known = ();
	local $Random::annotated = 0.02;
	local %kinds = %kinds;
	my @fitting = grep { !$kind || Schema::has($_, $kind) } sort keys %Schema::columns;
	my $of = pick(@fitting) // 'Post';
	my $conditions = told($of);
	if ($tied) {
		my $tie = tied_by($of, $model);
		$conditions = object((map { @$_ } grep { !$Random::careful || $_->[0] ne $tie->[0] } @{ $conditions->{members} }), @$tie);
	}
	my $annotate = chance(0.15) ? annotations($of, $depth + 2) : undef;
	local $around;
	my @rest = $word eq '$exists' ? maybe(0.2, 'limit', 1) : (pick => [ quoted(Schema::column($of, $kind) // some_column($of)) ], limit => 1, order_by => [ orders($of), map { quoted($_) } Schema::told_apart($of) ]);
	return object($word eq '$subquery' && odd(0.2) ? '$array_subquery' : $word, object(model => quoted($of), filter => $conditions, @rest,
		odds(0.03, 'group_by', [ quoted(some_column($of)) ]), $annotate ? ('annotate', $annotate) : (), maybe(0.1, 'offset', pick(0, 1)), odds(0.1, 'distinct', 'true'), maybe(0.05, 'union', [ object(model => quoted($of)) ])));
}

# Names for annotations.
my @names = ('a', 'b', 'n', 'rate');

# The kind of its value, and an expression that has a name.
sub annotation {
	my ($model, $depth) = @_;
	my $kind = pick(@kinds);
	return chance(0.1) ? ('x', aggregate($model, 'x')) : ($kind, aggregate($model, $kind)) if chance(0.35);
	return window($model) if !$depth and chance(0.2);
	return ('x', inner($model, '$array_subquery', $depth, pick(qw(n t)))) if $depth < 2 and chance(0.05);
	return ('b', tree($model)) if $Schema::self{$model} and chance(0.1);
	return ($kind, value($model, $kind, $depth));
}

# Annotations, each of which may name those before it.
sub annotations {
	my ($model, $depth) = @_;
	my @m;
	local @known = ();
	for my $name (@names[ 0 .. int rand 3 ]) {
		my $called = odd(0.04) ? pick('title', 'id', 'a__b', "'", '"; --', "\x{e9}", 'x' x 80, '') : $name;
		my ($kind, $expression) = annotation($model, $depth // 0);
		push @m, $called, $expression;
		$kinds{$name} = $kind;
		push @known, $name unless json_has($expression, qr/^\$window$/);
	}
	return object(@m);
}

# Does it hold such a key somewhere?
sub json_has {
	my ($doc, $pattern) = @_;
	return scalar grep { json_has($_, $pattern) } @$doc if ref $doc eq 'ARRAY';
	return ref $doc && scalar grep { $_->[0] =~ $pattern or json_has($_->[1], $pattern) } @{ $doc->{members} };
}

# Annotations of groups.
sub group_annotations {
	my ($model) = @_;
	my @m;
	for my $name (@names[ 0 .. int rand 3 ]) {
		$kinds{$name} = pick(qw(n n n w t b d j x));
		push @m, $name, summed($model, $kinds{$name});
	}
	return object(@m);
}

# One list that comes along, with a query of its own; the name under which it stands.
sub list {
	my ($model, $name) = @_;
	local $within = $within + 1;
	my @ways = sort keys %{ $Schema::many{$model} || {} };
	return quoted('tags') unless @ways;
	local @known = ();
	local $behind;
	local $Random::annotated = 0.02;
	local %kinds = %kinds;
	my $way = pick(@ways);
	my $of = $Schema::many{$model}{$way} // 'Tag';
	$name //= 'few';
	my $query = sub {
		return object(maybe(0.5, 'filter', sub { told($of, 1) }), maybe(0.4, 'order_by', sub { [ orders($of), map { quoted($_) } Schema::told_apart($of) ] }),
			maybe(0.4, 'limit', pick(0, 1, 2)), maybe(0.2, 'offset', 1), maybe(0.3, 'annotate', sub { annotations($of, $Random::careful) }),
			maybe(0.2, 'only', sub { [ quoted(pick(@{ Schema::has($of, 'n') })) ] }), odds(0.02, 'pick', sub { [ quoted(some_column($of)) ] }),
			maybe($within < 4 ? 0.2 : 0, 'prefetch_related', sub { lists($of) }), odds(0.05, 'model', quoted($of)), odds(0.02, 'union', []));
	};
	return object(path => quoted($way), maybe(0.7, 'to_attr', quoted(odd(0.1) ? pick("'", 'id', 'few', '') : $name)), maybe(0.8, 'query', $query));
}

# Lists that come along, each with a name of its own.
sub lists {
	my ($model) = @_;
	my $further = 0;
	return [ map { list($model, $further++ ? 'best' : 'few') } $Schema::many{$model} ? (1 .. 1 + int rand 2) : () ];
}

# Names for group_by, pick and the like, each once.
sub picked {
	my ($model, $own) = @_;
	my %seen;
	return [ map { quoted($_) } grep { !$seen{$_}++ } map { @known && !$own && chance(0.4) ? pick(@known) : some_column($model) } odd(0.1) ? () : 1 .. 1 + int rand 3 ];
}

# Own fields, each once: what only and defer take.
sub shown {
	my ($model) = @_;
	my %seen;
	return [ map { quoted($_) } grep { $_ ne 'pk' && !$seen{$_}++ } map { pick(@{ Schema::has($model, pick(qw(n t))) || ['id'] }) } 1 .. 1 + int rand 2 ];
}

# What select_related takes: ways to one row.
sub ways_to_one {
	my ($model) = @_;
	my $way = pick(sort keys %{ $Schema::one{$model} || {} });
	return $way ? [ quoted($way) ] : [];
}

# Another of the sets that are put together, at times one of sets itself.
sub set {
	my ($model, $depth) = @_;
	return Random::query_set(1, $model) if odd(0.1);
	local @known = ();
	local %kinds = %kinds;
	return object(model => quoted($model), filter => told($model, 1), maybe(0.2, 'limit', 2), maybe(0.1, 'annotate', sub { annotations($model) }), $depth ? () : maybe(0.1, pick('union', 'difference'), sub { [ set($model, 1) ] }));
}

# Members that make a query set more than its rows.
sub parts {
	my ($model, $depth) = @_;
	return () unless $Schema::columns{$model};
	my @m;
	local $behind;
	my $sets = !$depth && chance(0.12);
	my $groups = !$depth && !$sets && chance(0.15);
	push @m, [ 'group_by', picked($model, 1) ] if $groups;
	push @m, [ chance(0.7) ? 'annotate' : 'alias', $groups ? group_annotations($model) : annotations($model, $sets && $Random::careful) ] if $groups || chance(0.45);
	local @known = @m ? map { $_->[0] } @{ $m[-1][1]{members} } : ();
	push @m, [ 'pick', picked($model) ] if !$groups and chance(0.12);
	push @m, [ pick('only', 'defer'), odd(0.2) ? picked($model) : shown($model) ] if !$groups and !grep({ $_->[0] eq 'pick' } @m) and chance(0.08);
	if ($sets) { my $word = pick('union', 'union', 'intersection', 'difference'); push @m, [ $word, [ map { set($model) } 1 .. 1 + rand 2 ] ], ($word eq 'union' || odd(0.3)) && chance(0.3) ? [ 'all', 'true' ] : () }
	push @m, [ 'for_update', chance(0.5) ? 'true' : object(map { (pick(qw(nowait skip_locked no_key share of)), pick('true', 'false', 1)) } 1 .. int rand 3) ] if !$depth and odd(0.04);
	return @m;
}

# A condition that is an expression: [word, value].
sub condition {
	my ($model) = @_;
	my $truth = $accessors{$model} && chance(0.1) ? related($model) : truth($model, 1);
	$truth = value($model, 'b', 1) if chance(0.2);
	my $member = ref $truth eq 'HASH' && @{ $truth->{members} } == 1 ? $truth->{members}[0] : undef;
	return $member && $member->[0] =~ /^\$(?!v$|f$|q$)/ ? @$member : ('$gt', [ value($model, 'n', 2), value($model, 'n', 2) ]);
}

1;
