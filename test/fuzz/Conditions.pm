# Conditions that fit what they are about: lookups of the field's type with values for it, whole rows, lists of related rows, query sets.

package Conditions;

use strict;
use warnings;

use Random;
use Schema;

my @ordered = qw(exact exact exact gt gte lt lte in range isnull);
my %lookups = (n => [ @ordered, 'icontains' ], w => [ @ordered, 'between' ], d => [@ordered], time => [@ordered], span => [@ordered], uuid => [@ordered], ip => [qw(exact in isnull)],
	t => [ @ordered, qw(iexact contains icontains startswith istartswith endswith iendswith regex iregex search has_length) ], b => [qw(exact exact isnull)], binary => [qw(exact isnull)],
	range => [qw(exact contained_by overlap fully_lt fully_gt not_lt adjacent_to isnull)], array => [qw(exact contains contained_by overlap isnull)], j => [qw(isnull contains contained_by has_key has_keys deep)]);
# What stands between a field and its lookup, and the kind of value that it makes.
my %transforms = (
	d => [ map { [ $_, 'small' ] } qw(year iso_year quarter month week day week_day) ],
	time => [ map { [ $_, 'small' ] } qw(hour minute second) ], t => [ [qw(lower t)], [qw(upper t)], [qw(trim t)], [qw(length small)], [qw(vowels small)] ],
	n => [ [qw(abs n)] ], w => [ [qw(half n)], [qw(abs w)] ], array => [ [qw(len small)] ], range => [ [qw(isempty b)], [qw(lower_inf b)] ]);

sub object { return Language::object(@_) }

# A value for a path whose last word is this one, for a kind of value where the word says nothing.
sub suited {
	my ($word, $kind, $lookup) = @_;
	return pick('true', 'false') if $lookup eq 'isnull' or $kind eq 'b';
	return pick(0 .. 9) if $lookup eq 'has_length' or $kind eq 'small' and $lookup !~ /^(in|range)$/;
	return [ pick(0 .. 9), pick(0, 7, 2026) ] if $kind eq 'small';
	return [ map { quoted(pick('a', 'b', 'c')) } 1 .. 1 + rand 2 ] if $lookup eq 'has_keys';
	return quoted(pick('a', 'b', '0')) if $lookup eq 'has_key';
	return [ pick(-1 .. 3), pick(0, 5) ] if $lookup eq 'between';
	return pick(0 .. 3) if $lookup eq 'deep';
	return $kind eq 'array' && chance(0.2) ? [] : Random::suits($word) // Language::literal_of($kind eq 'w' ? 'w' : $kind) if $lookup !~ /^(in|range)$/;
	return [ map { Random::suits($word) // ($kind =~ /^[nw]$/ ? int rand 9 : Random::plain_text()) } 1 .. 2 ];
}

# A column with a lookup: [path, value].
sub field {
	my ($model, $depth) = @_;
	my ($way, $end) = Schema::way($model, 0.3, 1);
	my $known = $Schema::columns{$end} || return [ 'pk__isnull', 'false' ];
	my $kind = pick(sort keys %$known);
	my $word = pick(@{ $known->{$kind} });
	my $path = $way . $word;
	return lookup($path, $word, $kind, $model, $depth);
}

# The same for the name of an annotation.
sub known {
	my ($model, $depth) = @_;
	my $name = pick(@Language::known);
	return lookup($name, $name, $Language::kinds{$name} // 'n', $model, $depth);
}

# An expression to compare with; a column alone is one with $f around it.
sub expression {
	my ($model, $kind) = @_;
	my $value = Language::value($model, $kind, 1);
	return ref $value || $value !~ /^"/ || odd(0.3) ? $value : object('$f', $value);
}

sub lookup {
	my ($path, $word, $kind, $model, $depth) = @_;
	if ($kind eq 'j' and chance(0.6)) {
		my $lookup = pick(qw(exact exact gt lte isnull icontains));
		return [ join('__', $path, pick('a', 'b', 'b__0', 'a__b'), $lookup eq 'exact' ? () : $lookup), $lookup eq 'isnull' ? 'true' : pick(1, 2, 3) ];
	}
	if ($transforms{$kind} and chance(0.2)) {
		my $transform = pick(@{ $transforms{$kind} });
		($path, $kind, $word) = ("${path}__$transform->[0]", $transform->[1], '');
	}
	my $lookup = $kind eq 'small' ? pick(@ordered) : pick(@{ $lookups{$kind} || [ 'isnull' ] });
	my $end = $lookup eq 'exact' && chance(0.7) ? $path : "${path}__$lookup";
	return [ $end, expression($model, $kind eq 'small' ? 'w' : $kind) ] if !$depth and $kind =~ /^([nwtd]|small)$/ and $lookup =~ /^(exact|gte?|lte?)$/ and chance(0.15);
	return [ "${path}__in", Language::inner($model, '$subquery', 1, $kind) ] if ($depth // 0) < 2 and $kind =~ /^[wt]$/ and $lookup eq 'in' and chance(0.5);
	return [ $end, suited($word, $kind, $lookup) ];
}

sub whole_key { my ($model) = @_; return object(map { ($_, pick(@{ $Schema::keys{$model}{$_} })) } sort keys %{ $Schema::keys{$model} }) }

# A row whose key is several fields, named whole; what it is compared with is at times no row.
sub whole {
	my ($model) = @_;
	my @paths = Schema::whole_paths($model) or return;
	my ($path, $of) = @{ pick(@paths) };
	my $way = rand;
	return [ $path, whole_key($of) ] if $way < 0.35;
	return [ "${path}__in", [ map { chance(0.05) ? 'null' : whole_key($of) } 1 .. int rand 4 ] ] if $way < 0.65;
	return [ "${path}__isnull", pick('true', 'false') ] if $way < 0.75;
	return [ $path, pick('null', object('$v', pick('null', whole_key($of)))) ] if $way < 0.85;
	return [ $path, whole_key($of) ] if $Random::careful;
	return [ pick($path, "${path}__exact", "${path}__in", "${path}__gt"), pick(Language::inner($model, '$subquery', 1, 'w'), object('$f', quoted($path)), object('$outer', quoted('pk')), [ Language::inner($model, '$subquery', 1, 't') ],
		[ 1, quoted('a') ], object('line', 1), whole_key(pick(sort keys %Schema::keys)), Language::value($model, pick(qw(n t)), 1), Random::junk(2)) ];
}

# Conditions on the rows behind a to-many relation.
sub listed {
	my ($model, $depth) = @_;
	my $ways = $Schema::many{$model} || return;
	my $way = pick(sort keys %$ways);
	return [ "${way}__" . pick(qw(some every none)), Language::told($ways->{$way}, ($depth // 0) + 1) ];
}

# One condition about a model: [key, value].
sub about {
	my ($model, $depth) = @_;
	my $way = rand;
	my $found;
	return known($model, $depth) if @Language::known and !$depth and $way < 0.4;
	return [ Language::condition($model) ] if $way < 0.5 and ($depth // 0) < 3;
	$found = whole($model) if $way < 0.6;
	$found = listed($model, $depth) if $way >= 0.6 and $way < 0.67 and ($depth // 0) < 3;
	return $found // field($model, $depth);
}

1;
