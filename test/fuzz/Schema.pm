# What the models of documents.pl are good for: columns by the kind of their values, and the ways from one model to another.

package Schema;

use strict;
use warnings;

use Random;

# Numbers, whole ones, texts, times, truth values, JSON; then what expressions seldom take.
our %columns = (
	User => { n => [qw(id pk parent_id)], w => [qw(id parent_id)], t => [qw(name email)], b => ['active'] },
	Post => { n => [qw(id views views score author_id)], w => [qw(id views author_id)], t => ['title'], d => [qw(created_at updated_at)], j => ['data'] },
	Tag => { n => ['id'], w => ['id'], t => ['name'] },
	Profile => { n => ['owner_id'], w => ['owner_id'], t => ['bio'] },
	Seat => { n => ['line'], w => ['line'], t => ['number'], b => ['free'] },
	Node => { n => [qw(tree place owner_id up_tree up_place)], w => [qw(tree place)], t => ['label'] },
	Every => { n => [qw(id small big price rating)], w => [qw(id small big)], t => [qw(text kind slug)], d => [qw(born at)], j => ['data'], time => ['on_time'], span => ['took'],
		uuid => ['uid'], range => [qw(span days)], array => [qw(numbers codes)], binary => ['raw'], ip => ['ip'] });
our %one = (User => { parent => 'User', profile => 'Profile' }, Post => { author => 'User' }, Profile => { owner => 'User' },
	Node => { up => 'Node', twin => 'Node', seat => 'Seat', owner => 'User' });
our %many = (User => { posts => 'Post', edited => 'Post', children => 'User', nodes => 'Node' }, Post => { tags => 'Tag', editors => 'User' }, Tag => { posts => 'Post' },
	Seat => { nodes => 'Node' }, Node => { below => 'Node', twins => 'Node' });
# Relations of a model to itself, and keys of several fields with values for them.
our %self = (User => ['parent'], Node => [qw(up twin)]);
our %keys = (Seat => { line => [ 1, 2 ], number => [ '"a"', '"b"' ] }, Node => { tree => [ 1, 2 ], place => [ 1, 2, 3, 4 ] });

# The model's columns of this kind, or nothing.
sub has { my ($model, $kind) = @_; return $columns{$model} && $columns{$model}{$kind} }

# A way over relations, to-many ones too where they may be: its words with their underscores, and the model at its end.
sub way {
	my ($model, $chance, $many) = @_;
	my $words = '';
	while (chance($chance)) {
		my %steps = (%{ $one{$model} || {} }, $many ? %{ $many{$model} || {} } : ());
		my $step = pick(sort keys %steps) // last;
		$words .= "${step}__";
		$model = $steps{$step};
	}
	return ($words, $model);
}

# A column of this kind, at times over to-one relations.
sub column {
	my ($model, $kind) = @_;
	(my $way, $model) = way($model, 0.2);
	my $known = $columns{$model} || {};
	$kind //= pick(grep { $known->{$_} } qw(n w t b d j)) // 'n';
	return $known->{$kind} ? $way . pick(@{ $known->{$kind} }) : undef;
}

# The paths that name a whole row whose key is several fields, with the model of that row.
sub whole_paths {
	my ($model) = @_;
	my %ways = (%{ $one{$model} || {} }, %{ $many{$model} || {} });
	return (($keys{$model} ? [ 'pk', $model ] : ()), map { [ $_, $ways{$_} ], [ "${_}__pk", $ways{$_} ] } grep { $keys{ $ways{$_} } } sort keys %ways);
}

# The terms that order the rows of a model completely.
sub told_apart { my ($model) = @_; return $keys{$model} ? sort keys %{ $keys{$model} } : 'pk' }

1;
