# The pages of model profiles: whose they are, what a form saves and refuses.
use v5.36;
use JSON::PP qw(decode_json);
use Test::More;
use lib 't/lib';
use Maestro::Pages;

my $m = page_server();
my ($ann, $bob, $vic) = map { sign_up($m, $_) } qw(ann bob vic);
my ($project) = start_project($m, $ann, 'Opus 4', vic => 'viewer');
my $profiles = "$project/profiles";
my %new = (name => 'Careful', provider => 'claude', model => 'opus');

sub stored ($name) {
	return decode_json $m->psql("select to_jsonb(p)
		from public.model_profiles p where name = '$name'");
}
sub count () { $m->psql('select count(*) from public.model_profiles') }

# --- the built-in ones ------------------------------------------------------
like $ann->get("$project/agents")->body, qr{href="$profiles"},
	'the agents lead to their profiles';
my $r = $ann->get($profiles);
is $r->status, 200, 'there is a list';
like $r->body, qr{/agents" aria-current="page"}, 'under the tab of the agents';
is scalar(() = $r->body =~ /class="plate"/g), 4, 'four are everybody\'s';
like $r->body, qr/None yet/, 'none is mine';
my $built_in = "$profiles/mp_ultra";
$r = $ann->get($built_in);
like $r->body, qr/Built in/, 'one of them says so';
unlike $r->body, qr/Save changes|Delete profile/, 'and has no form';
is post_form($ann, $built_in, \%new)->status, 403, 'nobody changes it';
is post_form($ann, "$built_in/delete")->status, 403, 'nor deletes it';

# --- one of one's own -------------------------------------------------------
like $ann->get("$profiles/new")->body, qr{<option value="claude">Claude<},
	'a form for a new one';
$r = post_form($ann, $profiles, {%new, model => ' ', name => '<i>',
	provider => 'gemini', reasoningEffort => 'max', description => 'kept'});
is $r->status, 422, 'a profile has a model';
like $r->body, qr/id="model-wrong"/, 'the form says so';
like $r->body, qr/value="&lt;i&gt;".*>kept<.*value="gemini" selected.*value="max" selected/s,
	'and keeps what was typed and chosen';
is post_form($ann, $profiles, {%new, $_->[0] => $_->[1]})->status, 422,
	"no $_->[0] like that" for [name => ''], [name => 'x' x 101],
	[provider => 'abacus'], [model => 'x' x 201], [speed => 'warp'],
	[reasoningEffort => 'none'], [accessMode => 'root'],
	[description => 'x' x 501];
is count(), 0, 'none of these is stored';
$r = post_form($ann, $profiles, {%new, reasoningEffort => 'xhigh',
	speed => '', accessMode => 'plan', description => "a\r\nb"});
is $r->status, 303, 'a new profile';
is $r->header('location'), $profiles, 'shows the list';
my $s = stored('Careful');
is_deeply $s->{launch_config}, {provider => 'claude', model => 'opus',
	reasoningEffort => 'xhigh', accessMode => 'plan'},
	'what is not chosen is not stored';
is $s->{description}, "a\nb", 'line ends are line feeds';
$r = $ann->get($profiles);
like $r->body, qr/The profile is created\./, 'it is told';
like $r->body, qr/Careful<.*Very high effort/s, 'and is on the list';
my $mine = "$profiles/$s->{id}";
like $ann->get("$project/agents/new")->body, qr/value="$s->{id}">Careful/,
	'an agent can be given it';
$r = $ann->get($mine);
like $r->body, qr/value="xhigh" selected/, 'its form shows what it is';
is post_form($ann, $mine, {%new, name => 'Calm', description => ''})->status,
	303, 'it is changed';
$s = stored('Calm');
is_deeply [@$s{qw(description launch_config)}],
	[undef, {provider => 'claude', model => 'opus'}], 'as the form says';
like post_form($ann, $mine, {%new, name => ' '})->body, qr/id="name-wrong"/,
	'a mistake shows the form again';

# --- who may ----------------------------------------------------------------
unlike $vic->get($profiles)->body, qr/Calm/, 'others on the project see none';
is $vic->get($mine)->status, 404, 'nor its page';
is post_form($vic, $mine, \%new)->status, 404, 'nor change it';
is post_form($vic, "$mine/delete")->status, 404, 'nor delete it';
is post_form($vic, $profiles, {%new, name => 'Vic'})->status, 303,
	'who only reads a project may have profiles';
is $bob->get($profiles)->status, 404, 'a project of others is absent';
is $bob->get("$profiles/new")->status, 404, 'with its form';
is $bob->get($built_in)->status, 404, 'and all below it';
is post_form($bob, $profiles, \%new)->status, 404, 'nothing is made there';
for my $path ($profiles, $mine, "$mine/delete") {
	is $ann->form($path, {%new, _csrf => 'x'})->status, 403,
		'a form of somebody else is refused';
	is $m->browser->form($path, {%new})->status, 303,
		'whoever is not signed in goes there';
}
is count(), 2, 'none of that changed anything';
is post_form($ann, "$mine/delete")->status, 303, 'its owner deletes it';
like $ann->get($profiles)->body, qr/The profile is deleted\./, 'it is told';
is $ann->get($mine)->status, 404, 'and it is gone';
is $ann->get("$profiles/none_such")->status, 404, 'as if it had never been';
done_testing;
