package Maestro::Api;

# What most tests of /api begin with, and how it refuses.
#
#   my %as = map { $_ => $m->as($_) } qw(ann mia vic);
#   my $p = new_project($as{ann}, 'A');            # its id
#   add_members($as{ann}, $p, mia => 'member', vic => 'viewer');
#   my $id = thing_of($as{ann}, $p, 'labels');     # a new one, or undef
#   refused $as{vic}->post(...), 403, 'FORBIDDEN', 'a viewer makes none';
#   refused $as{mia}->post(...), 400, 'VALIDATION_ERROR', 'a name', 'name';
use v5.36;
use Carp qw(croak);
use Exporter qw(import);
use JSON::PP ();
use Test::More;

our @EXPORT = qw(new_project add_members refused thing_of);

sub new_project ($who, $name, %more) {
	my $r = $who->post('/api/projects', {name => $name, workingDir => '/',
		%more});
	croak $r->body if $r->status != 201;
	return $r->json->{id};
}

# Users of the test's own, by their names.
sub add_members ($who, $project, %roles) {
	for my $name (sort keys %roles) {
		my $r = $who->post("/api/projects/$project/members", {
			email => "$name\@example.test",
			role => $roles{$name}});
		croak $r->body if $r->status !~ /^20[01]$/;
	}
}

# What a project and a name are enough for, made by POST /api/$folder.
sub thing_of ($who, $project, $folder, $name = 'N') {
	my $r = $who->post("/api/$folder", {projectId => $project,
		name => $name});
	return $r->status == 201 ? $r->json->{id} : undef;
}

# An error as contract 1.3 wants it: status, code, a sentence, and which field
# was wrong if that is given.
sub refused ($r, $status, $code, $what, $path = undef) {
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $j = eval { $r->json } // {};
	is_deeply [$r->status, $j->{error}, $j->{statusCode}, $j->{code},
		length($j->{message} // '') > 0,
		defined $path ? $j->{details}[0]{path} : ()],
		[$status, JSON::PP::true, $status, $code, !!1,
		defined $path ? $path : ()],
		$what or diag $r->body;
}

1;
