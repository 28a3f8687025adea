# Random documents: first such as a person would write over the models of documents.pl, then spoilt.
#
# A document is a scalar (JSON text as it will stand), [items] or {members => [[key, value], ...]}: keys keep their order and
# may stand twice. Everything comes from rand(), so a seed repeats a run.

package Random;

use strict;
use warnings;

use Exporter 'import';
our @EXPORT = qw(pick chance odd document query_set conditions row definition operation path model_name junk json literal quoted);

my @names = qw(id pk name email title views score price rating active born at on_time took uid data raw ip codes span kind author
	posts tags parent children profile owner editors created_at nodes below up twin seat);
my %relations = (
	User => { posts => 'Post', profile => 'Profile', edited => 'Post', children => 'User', parent => 'User', nodes => 'Node' },
	Post => { author => 'User', tags => 'Tag', editors => 'User' },
	Tag => { posts => 'Post' }, Profile => { owner => 'User' }, Every => {}, Seat => { nodes => 'Node' },
	Node => { up => 'Node', below => 'Node', twin => 'Node', twins => 'Node', seat => 'Seat', owner => 'User' });
my %fields = (
	User => [qw(id name email active)], Post => [qw(id title views score data created_at author_id)], Tag => [qw(id name)],
	Profile => [qw(id bio owner_id)], Seat => [qw(line number free)], Node => [qw(tree place label up_tree up_place owner_id)],
	Every => [qw(id text small big price rating born at on_time took uid data raw ip numbers codes span days kind slug)]);
my @lookups = qw(exact iexact contains icontains startswith istartswith endswith iendswith in gt gte lt lte range isnull regex iregex);
# Those of some types alone, and what stands between a field and a lookup.
my @seldom = qw(some every none contained_by overlap has_key has_any_keys search adjacent_to fully_lt has_length between deep gone vowels half year lower abs len 0 0_2 trim);
my @types = qw(String Text Email URL Slug Enum SmallInteger Integer BigInteger PositiveInteger BigAuto Float Decimal Boolean Date Time
	DateTime Duration UUID JSON Binary IPAddress Array IntegerRange DateRange Generated ForeignKey OneToOne ManyToMany);
my @options = qw(nullable default db_default unique primary_key db_index column choices help_text max_length min_length regex
	strip_whitespace auto_from min_value max_value max_digits decimal_places auto_now protocol item_type size expression output_field
	to on_delete related_name through to_field deferrable symmetrical db_constraint through_defaults type);

sub pick { return $_[ int rand @_ ] }
sub chance { return rand() < $_[0] }

# A careful document is one that should work; in others there is trouble now and then.
our $careful = 0;
sub odd { return !$careful && chance($_[0]) }

# Text that has been trouble somewhere.
my @trouble = ('', ' ', '%', '_', '\\', "'", '"', "''; DROP TABLE posts; --", '$1', '{}', '[]', 'null', 'true', 'NaN', 'Infinity', '-0',
	'1e400', '9223372036854775808', '-9223372036854775809', '0x10', '1_000', '2026-02-30', '2026-01-01T25:00:00Z', '0001-01-01 BC',
	'infinity', 'now', '00000000-0000-0000-0000-000000000000', '{1,2', '[1,5)', '(,)', 'empty', '\\x0', '\\xzz', '10.0.0.0/33', '::1',
	'a__b', '__', 'id__in__in', '-id', '--id', '?', 'posts__', "\x{e9}", "\x{1F600}", "a\x{0301}", "\x{202E}x", '(', '*', '(a+)+$', 'x' x 300);

my %escapes = ('"' => '\\"', '\\' => '\\\\', "\n" => '\\n', "\t" => '\\t');
sub quoted { my ($s) = @_; $s =~ s/(["\\\n\t])/$escapes{$1}/g; return qq("$s") }

sub number {
	return pick(0, 1, 2, 3, -1, 7, 42, int rand 100, rand, '1.0', '1.5', '1e2', '1e400', '-0', '2147483648', '9223372036854775808',
		'123456789012345678901234567890.123456789', '1e-400');
}
sub text { return quoted(chance(0.5) ? pick(@names) . int rand 5 : pick(@trouble)) }

# Any JSON, of some depth.
sub junk {
	my ($depth) = @_;
	my $kind = rand(defined $depth ? $depth : 3);
	return pick('null', 'true', 'false', number(), text(), text()) if $kind < 1;
	return [ map { junk($kind - 1) } 1 .. int rand 4 ] if chance(0.5);
	return { members => [ map { [ pick(@names, @trouble, '$v', '$f', '$or', '$not', '$add', '$case', '$cast', '$count', '$window', '$exists', '$subquery', '$outer', '$q', 'when', 'filter', 'pick', 'model', 'as'), junk($kind - 1) ] } 1 .. int rand 4 ] };
}

# How often a path is the name of an annotation.
our $annotated = 0.02;

sub model_name { return !odd(0.05) ? pick(sort keys %relations) : pick('fuzz.Post', 'Pots', 'pg_class', 'a.b.c', '', 'fuzz.', @trouble) }

# The way over relations to a field of a model, and its end.
sub path {
	my ($model) = @_;
	return pick(@names, @trouble) if odd(0.03) or !$relations{$model};
	return pick(@Language::known ? @Language::known : ('a', 'rate')) . (chance(0.1) ? '__' . pick(qw(year lower len abs 0 a)) : '') if chance($annotated);
	my @words;
	while (chance(0.4) and my @ways = sort keys %{ $relations{$model} }) {
		my $way = pick(@ways);
		push @words, $way;
		$model = $relations{$model}{$way};
	}
	push @words, pick(@{ $fields{$model} }, 'pk') unless @words and chance(0.2);
	push @words, pick('a', 'b', '0', '-1', 'a__b__0') if $words[-1] eq 'data' and chance(0.7);
	return join '__', @words;
}

# Values that suit a field, by its name.
my %suits = (
	(map { $_ => [ 1, 2, 3, 0, 7 ] } qw(id pk views small big price line tree place parent author owner tags posts editors children author_id owner_id parent_id)),
	(map { $_ => [ map { qq("$_") } qw(name1 name2 a b x NAME1), '' ] } qw(name title text number bio slug label)), kind => [ '"a"', '"b"' ],
	score => [ 1, 0.5, -2 ], rating => [ 1.5, 1e3 ], active => [ 'true', 'false' ], free => [ 'true', 'false' ], email => [ '"u1@example.com"', '"U2@Example.com"' ],
	born => ['"2026-01-02"'], at => ['"2026-01-02T03:04:05Z"'], created_at => ['"2026-01-02T03:04:05+01:00"'], on_time => ['"03:04:05"'], took => [ '"1 day"', 60 ],
	uid => ['"00000000-0000-0000-0000-000000000001"'], raw => ['"\\\\x00ff"'], ip => [ '"10.0.0.1"', '"::1"' ], numbers => [ '[1, 2]', '[]' ], codes => ['["a", "b"]'],
	span => [ '"[1,3)"', '{"$v": {"lower": 1}}' ], days => ['"[2026-01-01,2026-02-01)"'], data => [ '{"$v": {"a": 1}}', '[1]', '"x"', 1 ]);

sub suits { my ($word) = @_; return $suits{$word} ? pick(@{ $suits{$word} }) : undef }
sub plain_text { return quoted(pick(qw(name1 name2 a b x NAME1 u1@example.com), '')) }

# A value for the end of a path under a lookup.
sub value {
	my ($lookup, $path, $model) = @_;
	my ($last) = ($path // '') =~ /([a-z]+(?:_id|_at|_time)?)$/;
	if (defined $last and $suits{$last} and chance(0.7)) {
		return pick('true', 'false') if $lookup eq 'isnull';
		return [ map { pick(@{ $suits{$last} }) } 1 .. 2 ] if $lookup =~ /^(in|range)$/;
		return pick(@{ $suits{$last} });
	}
	return Language::value($model, pick(qw(n t d b j)), 1) if $model && chance(0.12);
	return chance(0.9) ? pick('true', 'false') : junk(1) if $lookup eq 'isnull';
	return [ map { chance(0.9) ? pick(number(), text()) : junk(1) } 1 .. int rand 4 ] if $lookup =~ /^(in|range)$/ and chance(0.9);
	return { members => [ [ '$v', junk(2) ], chance(0.3) ? [ 'as', quoted(pick('int4', 'timestamptz', 'text', 'nope')) ] : () ] } if chance(0.1);
	return chance(0.9) ? pick(number(), number(), text(), text(), 'null', 'true', quoted('2026-01-0' . int rand 10)) : junk(2);
}

sub conditions {
	my ($model, $depth) = @_;
	$model = pick(sort keys %relations) unless $relations{$model};
	my @members;
	for (1 .. ($depth && chance(0.95) ? 1 + int rand 2 : int rand 3)) {
		if (chance(0.15) and ($depth // 0) < 4) {
			my $word = pick('$or', '$and', '$not', '$xor');
			my @inner = map { conditions($model, ($depth // 0) + 1) } 1 .. 1 + int rand 2;
			@inner = grep { @{ $_->{members} } } @inner if $careful;
			push @members, [ $word, $word eq '$not' && !odd(0.2) ? $inner[0] : \@inner ] if @inner;
		}
		elsif ($careful or chance(0.5)) { push @members, Conditions::about($model, $depth) }
		else {
			my $lookup = chance(0.1) ? pick(@seldom) : pick(@lookups, 'exact', 'exact', 'exact');
			my $path = path($model);
			push @members, [ $path . (chance(0.3) && $lookup eq 'exact' ? '' : "__$lookup"), value($lookup, $path, $depth ? undef : $model) ];
		}
	}
	my %seen;
	return { members => [ grep { !$careful || !$seen{ $_->[0] }++ } @members ] };
}

sub paths { my ($model) = @_; return [ map { quoted((chance(0.3) ? '-' : '') . path($model)) } 1 .. int rand 3 ] }

sub branches {
	my ($model, $wanted) = @_;
	my @ways = sort keys %{ $relations{$model} || {} };
	return [] unless @ways;
	my $way = pick(@ways);
	my $further = chance(0.3) ? branches($relations{$model}{$way}) : [];
	return [ quoted($way . (@$further ? '__' . substr($further->[0], 1, -1) : '')) ];
}

# Depth says that it stands in another.
sub query_set {
	my ($depth, $model) = @_;
	$model = model_name() if !defined $model or odd(0.3);
	my @m = ([ 'model', quoted($model) ], Language::parts($model, $depth));
	my %part = map { ($_->[0] => $_->[1]) } @m;
	local @Language::known = map { map { $_->[0] } @{ $part{$_}{members} } } grep { $part{$_} } qw(annotate alias);
	local $annotated = 0.4 if @Language::known;
	local $Language::behind = $part{group_by};
	my $groups = $part{group_by} && $careful;
	my $set = $careful && grep { $part{$_} } qw(union intersection difference);
	push @m, [ 'filter', chance(0.3) ? [ conditions($model), conditions($model) ] : conditions($model) ] if chance(0.7);
	push @m, [ 'exclude', conditions($model) ] if chance(0.3) and !($careful && @Language::known);
	push @m, [ 'order_by', $careful || chance(0.5) ? [ Language::orders($model) ] : paths($model) ] if chance(0.4) and !($groups || $careful && $part{pick});
	push @m, [ 'limit', pick(odd(0.3) ? number() : 2, 0, 1, 5) ] if chance(0.3);
	push @m, [ 'offset', pick(odd(0.3) ? number() : 2, 0, 1, 5) ] if chance(0.2);
	push @m, [ 'distinct', $careful ? 'true' : pick('true', 'false', paths($model)) ] if chance(0.1) and !$part{for_update} || !$careful;
	push @m, [ 'reverse', 'true' ] if chance(0.1) and !$groups;
	push @m, [ 'select_related', $careful || chance(0.5) ? Language::ways_to_one($model) : branches($model) ] if chance(0.15) and !($groups || $careful && $part{pick});
	push @m, [ 'prefetch_related', $careful || chance(0.5) ? Language::lists($model) : branches($model) ] if chance(0.2) and !($groups || $careful && $part{pick});
	push @m, [ pick('none', 'for_update', 'annotate', 'alias', 'group_by', 'pick', 'only', 'defer', 'dates', 'union', 'difference', 'all'), junk(2) ] if odd(0.06);
	return { members => \@m };
}

# What a write is given.
sub row {
	my ($model) = @_;
	my @words = (@{ $fields{$model} || \@names }, sort keys %{ $relations{$model} || {} });
	return { members => [ map { my $word = pick(@words); [ $word, value('exact', $word) ] } 1 .. 1 + int rand 4 ] };
}

sub definition {
	return quoted(pick(@types)) if chance(0.2);
	my @members = ([ 'type', quoted(pick(@types)) ]);
	for (1 .. int rand 4) {
		my $option = pick(@options);
		push @members, [ $option, $option eq 'to' ? quoted(model_name()) : $option =~ /^on_delete/ ? quoted(pick(qw(CASCADE SET_NULL PROTECT RESTRICT SET(1) SET(now()))))
			: $option =~ /expression|db_default/ ? quoted(pick('1', 'name || name', 'now()', '(SELECT 1)', '1)', 'count(*)', "1; DROP TABLE posts", 'posts', "'a'")) : junk(2) ];
	}
	return { members => \@members };
}

sub operation {
	my $model = model_name();
	my @m = ([ 'op', quoted(pick(qw(create_model drop_model rename_model add_field alter_field remove_field rename_field add_index
		remove_index add_constraint remove_constraint alter_meta sequence))) ], [ 'model', quoted($model) ]);
	push @m, [ 'field', quoted(pick(@names)) ] if chance(0.6);
	push @m, [ 'definition', definition() ] if chance(0.6);
	push @m, [ 'name', text() ] if chance(0.4);
	push @m, [ 'fields', { members => [ map { [ pick(@names), definition() ] } 1 .. int rand 3 ] } ] if chance(0.3);
	push @m, [ pick('index', 'constraint', 'meta', 'operations'), chance(0.5) ? junk(3) : { members => [ [ pick(qw(fields unique check condition expressions using exclude)), pick(paths($model), text()) ] ] } ] if chance(0.6);
	return { members => \@m };
}

# The document that a parameter of this name wants.
sub document {
	my ($name, $model) = @_;
	my $doc =
		$name eq 'qs' ? query_set(0, $model)
		: $name eq 'conditions' || $name eq 'defaults' && chance(0.3) ? conditions($model)
		: $name eq 'aggregates' ? { members => [ map { [ $careful ? "sum$_" : pick('a', 'b', 'n'), chance(0.8) ? Language::summed($model) : Language::value($model, 'n', 1) ] } 1 .. 1 + int rand 2 ] }
		: $name eq 'expressions' ? (chance(0.5) ? Language::annotations($model) : { members => [ map { [ pick(@{ $fields{$model} || \@names }), Language::value($model, pick(qw(n t d b j)), 0) ] } 1 .. 1 + int rand 2 ] })
		: $name eq 'expression' ? Language::value($model, pick(qw(n t d b j)), 0)
		: $name =~ /^(doc|defaults|create_defaults|through_defaults)$/ ? row($model)
		: $name eq 'docs' ? [ map { row($model) } 1 .. int rand 4 ]
		: $name =~ /^(targets|keys)$/ ? [ map { pick(number(), text(), row($model)) } 1 .. int rand 4 ]
		: $name eq 'fields' ? { members => [ map { [ pick(@names), definition() ] } 1 .. int rand 4 ] }
		: $name eq 'definition' ? definition()
		: $name eq 'operation' ? operation()
		: $name =~ /^(index|constraint)$/ ? { members => [ [ pick(qw(fields unique check condition expressions include using exclude name)), pick(paths($model), text()) ], [ pick(qw(fields condition name)), pick(paths($model), text()) ] ] }
		: $name eq 'meta' ? { members => [ map { [ pick(qw(ordering table_name indexes constraints unique_together comment primary_key abstract extends timestamps)), pick(paths($model), text(), junk(2)) ] } 1 .. int rand 3 ] }
		: junk(3);
	spoil($doc) if odd(0.4);
	return $doc;
}

# Puts another thing in the place of one somewhere inside.
sub spoil {
	my ($doc) = @_;
	return unless ref $doc;
	my $items = ref $doc eq 'ARRAY' ? $doc : $doc->{members};
	return unless @$items;
	my $at = int rand @$items;
	my $way = rand;
	if ($way < 0.1) { splice @$items, $at, 1 }
	elsif ($way < 0.2) { push @$items, $items->[$at] }
	elsif (ref $doc eq 'ARRAY') { ref $items->[$at] && chance(0.6) ? spoil($items->[$at]) : ($items->[$at] = junk(2)) }
	elsif ($way < 0.4) { $items->[$at] = [ pick(@trouble, @names, '$nope', $items->[$at][0] . 'x'), $items->[$at][1] ] }
	else {
		my $value = $items->[$at][1];
		ref $value && chance(0.6) ? spoil($value) : ($items->[$at] = [ $items->[$at][0], junk(2) ]);
	}
}

# As text, a character now and then another than it should be.
sub json {
	my ($doc, $inner) = @_;
	my $out = !ref $doc ? $doc
		: ref $doc eq 'ARRAY' ? '[' . join(', ', map { json($_, 1) } @$doc) . ']'
		: '{' . join(', ', map { quoted($_->[0]) . ': ' . json($_->[1], 1) } @{ $doc->{members} }) . '}';
	if (!$inner and odd(0.03)) {
		substr($out, int rand(length($out) + 1), int rand 3) = pick('', '"', '{', '}', '[', ']', ',', ':', '\\', '\\u0000', '\\ud800', "\x{FEFF}", ' ', 'e', '-', '[' x 2000);
	}
	return $out;
}

# A constant of SQL.
sub literal { my ($s) = @_; $s =~ s/'/''/g; $s =~ s/\\/\\\\/g; return "E'$s'" }

require Language;
require Conditions;
1;
