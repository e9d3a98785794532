# /api/model-profiles, and members that name them (maestro-api.md 2.3, 2.8,
# 2.10, 3.6).
use v5.36;
use lib 't/lib';
use Test::More;
use Maestro::Api;
use Maestro::Test;

my $m = Maestro::Test->new(users => [qw(ann mia)]);
my ($ann, $mia) = map { $m->as($_) } qw(ann mia);
my $u = '/api/model-profiles';

# --- the four everybody has ---

my $all = $ann->get($u)->json;
is_deeply {map { $_->{id} => $_->{launchConfig} } @$all}, {
	map { $_->[0] => {provider => 'claude', model => $_->[1]} }
	['mp_ultra', 'claude-opus-4-8[1m]'], ['mp_heavy', 'claude-opus-4-8'],
	['mp_balanced', 'claude-sonnet-4-6'], ['mp_fast', 'claude-haiku-4-5']},
	'four defaults';
is scalar(grep { $_->{isDefault} && length $_->{name} && $_->{createdAt} =~
	/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/ } @$all), 4,
	'all of one shape';
is $m->psql('select count(*) from public.model_profiles'), 0, 'none is stored';
is_deeply $mia->get("$u/$_->{id}")->json, $_, "$_->{id} alone" for @$all;
my %launch = (provider => 'openai', model => 'o-1', reasoningEffort => 'xhigh',
	speed => 'fast', accessMode => 'plan');
for my $verb (qw(put patch)) {
	refused $ann->$verb("$u/mp_fast", {name => 'x'}), 403, 'FORBIDDEN',
		"a default is not changed: $verb";
}
refused $ann->del("$u/mp_ultra"), 403, 'FORBIDDEN', 'nor deleted';

# --- one's own ---

my $r = $ann->post($u, {name => ' Mine ', description => "caf\x{e9}",
	launchConfig => {%launch, odd => 1}, isDefault => 1, odd => 2});
is $r->status, 201, 'a profile is made' or diag $r->body;
my $p = $r->json;
like $p->{id}, qr/^mp_\d+_[0-9a-z]{9}$/, 'its id';
is_deeply [@$p{qw(name description launchConfig)}], ['Mine', "caf\x{e9}",
	\%launch], 'as asked; what nobody knows is left out';
ok !$p->{isDefault}, 'no default';
my $one = "$u/$p->{id}";
is_deeply $ann->get($one)->json, $p, 'read';
is_deeply [map { $_->{id} } @{$ann->get($u)->json}], [(map { $_->{id} } @$all),
	$p->{id}], 'listed after the defaults';
my $bare = $ann->post($u, {name => 'B', launchConfig => {provider => 'gemini',
	model => 'm', speed => undef}})->json;
is_deeply [sort keys %$bare], [sort qw(id name launchConfig isDefault
	createdAt updatedAt)], 'no description, no key';
is_deeply $bare->{launchConfig}, {provider => 'gemini', model => 'm'},
	'null is absent';
is $ann->put($one, {name => 'New'})->json->{name}, 'New', 'PUT';
is_deeply $ann->patch($one, {launchConfig => {provider => 'claude',
	model => 'x'}})->json->{launchConfig}, {provider => 'claude',
	model => 'x'}, 'PATCH; the configuration as a whole';
is $ann->patch($one, {})->json->{name}, 'New', 'nothing asked, nothing lost';
ok !exists $ann->patch($one, {description => undef})->json->{description},
	'null clears the description';

# --- what is refused ---

my @bad = ([{provider => 'acme'}, 'launchConfig.provider'],
	[{provider => undef}, 'launchConfig.provider'],
	[{model => undef}, 'launchConfig.model'],
	[{model => ''}, 'launchConfig.model'],
	[{model => 'x' x 201}, 'launchConfig.model'],
	[{model => ['x']}, 'launchConfig.model'],
	[{reasoningEffort => 'huge'}, 'launchConfig.reasoningEffort'],
	[{reasoningEffort => 1}, 'launchConfig.reasoningEffort'],
	[{speed => 'slow'}, 'launchConfig.speed'],
	[{accessMode => 'root'}, 'launchConfig.accessMode']);
for (@bad) {
	my ($change, $path) = @$_;
	my $body = {name => 'x', launchConfig => {%launch, %$change}};
	refused $ann->post($u, $body), 400, 'VALIDATION_ERROR',
		"POST without a right $path", $path;
	refused $ann->patch($one, $body), 400, 'VALIDATION_ERROR',
		"PATCH without a right $path", $path;
}
refused $ann->post($u, {name => 'x', launchConfig => []}), 400,
	'VALIDATION_ERROR', 'a configuration is an object', 'launchConfig';
refused $ann->post($u, {name => 'x'}), 400, 'VALIDATION_ERROR',
	'and needed', 'launchConfig';
refused $ann->post($u, {name => $_, launchConfig => \%launch}), 400,
	'VALIDATION_ERROR', 'a wrong name', 'name' for ' ', 'x' x 101, 7;
refused $ann->post($u, {name => 'x', description => 'x' x 501,
	launchConfig => \%launch}), 400, 'VALIDATION_ERROR',
	'a long description', 'description';

# --- nobody else's ---

is scalar @{$mia->get($u)->json}, 4, 'another sees the defaults';
for my $id ($p->{id}, 'mp_none', 'x') {
	for (['get'], ['put', {name => 'x'}], ['patch', {name => 'x'}], ['del'])
	{
		my ($verb, @body) = @$_;
		$r = $mia->$verb("$u/$id", @body);
		refused $r, 404, 'not_found', "$verb $id of nobody";
		is $r->json->{message}, "ModelProfile with id '$id' not found",
			'in the words of the wire';
	}
}
is $ann->get($one)->json->{name}, 'New', 'hers is as it was';

# --- members name profiles ---

my $project = new_project($ann, 'A');
add_members($ann, $project, mia => 'member');
my %member = (projectId => $project, name => 'n', role => 'r', avatar => 'a');
my $tm = $ann->post('/api/team-members', {%member,
	modelProfileId => $p->{id}});
is_deeply [$tm->status, $tm->json->{modelProfileId}], [201, $p->{id}],
	'one of mine';
my $tm_url = '/api/team-members/' . $tm->json->{id};
my $std_url = "/api/team-members/tm_${project}_standup";
sub bind_to ($who, $url, $id, %more) {
	return $who->patch($url, {projectId => $project,
		modelProfileId => $id, %more});
}
refused $mia->post('/api/team-members', {%member, modelProfileId => $_}), 400,
	'VALIDATION_ERROR', "a member of $_", 'modelProfileId'
	for $p->{id}, $bare->{id}, 'mp_none';
for my $url ($tm_url, $std_url) {
	refused bind_to($mia, $url, $_), 400, 'VALIDATION_ERROR',
		"$url names $_", 'modelProfileId' for $bare->{id}, 'mp_none';
	is bind_to($mia, $url, 'mp_fast')->json->{modelProfileId}, 'mp_fast',
		'a default may be named';
	is bind_to($ann, $url, $p->{id})->json->{modelProfileId}, $p->{id},
		'so may hers, by her';
	is bind_to($mia, $url, $p->{id}, name => 'New')->json->{name}, 'New',
		'what the member names already may be sent back by others';
	ok !exists bind_to($mia, $url, '')->json->{modelProfileId},
		'"" takes it away';
	bind_to($ann, $url, $p->{id});
}

is_deeply $ann->del($one)->json, {success => JSON::PP::true, id => $p->{id}},
	'deleted, although it is named';
refused $ann->get($one), 404, 'not_found', 'gone';
is $ann->get($tm_url)->json->{modelProfileId}, $p->{id},
	'the member keeps the name';
is bind_to($ann, $tm_url, $p->{id}, role => 'x')->status, 200,
	'and can be changed';

done_testing;
