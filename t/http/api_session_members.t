# Who played a session: what was not stored at its start is read from the
# members the metadata names (maestro-api.md 7.7, 7.9).
use v5.36;
use lib 't/lib';
use Test::More;
use Maestro::Api;
use Maestro::Test;

my $m = Maestro::Test->new(users => [qw(ann mia bob)]);
my ($ann, $mia, $bob) = map { $m->as($_) } qw(ann mia bob);
my $p = new_project($ann, 'A');
add_members($ann, $p, mia => 'member');
sub member (%more) {
	return $ann->post('/api/team-members', {projectId => $p, role => 'R',
		avatar => 'A', %more})->json->{id};
}
my $ada = member(name => 'Ada', model => 'opus', agentTool => 'codex',
	permissionMode => 'readOnly');
my $mine = member(name => 'Mine', scope => 'global');
my $std = "tm_${p}_standup";
my $foreign = new_project($bob, 'B');
my $bobs = $bob->post('/api/team-members', {projectId => $foreign,
	name => 'Bobs', role => 'R', avatar => 'A'})->json->{id};

sub session ($metadata, %more) {
	my $r = $ann->post('/api/sessions', {projectId => $p, taskIds => [],
		name => 'S', metadata => $metadata, %more});
	is $r->status, 201, 'a session' or diag $r->body;
	my $id = $r->json->{id};
	# As a row that came from elsewhere.
	$m->psql("update public.sessions set team_member_id = null,
		team_member_ids = null, team_member_snapshot = null,
		team_member_snapshots = null where id = '$id'");
	return $ann->get("/api/sessions/$id")->json;
}
my @keys = qw(teamMemberId teamMemberSnapshot teamMemberSnapshots);
sub got ($s) { return {map { $_ => $s->{$_} } grep { exists $s->{$_} } @keys} }
sub names ($s) { return [map { $_->{name} } @{$s->{teamMemberSnapshots}}] }

my %snap = (name => 'Ada', avatar => 'A', role => 'R', model => 'opus',
	agentTool => 'codex', permissionMode => 'readOnly');
my %alone = (teamMemberId => $ada, teamMemberSnapshot => \%snap, teamMemberSnapshots => [\%snap]);
my $one = session({teamMemberId => $ada});
is_deeply got($one), \%alone, 'rule 7: one id fills the fields for one, too';
is_deeply got(session({teamMemberIds => [$ada]})), \%alone,
	'rule 7: also as a list';
is_deeply got(session({teamMemberIds => 'x', teamMemberId => $ada})), \%alone,
	'rule 7: also beside a list that is none';
is_deeply got($mia->get("/api/sessions/$one->{id}")->json), \%alone,
	'rule 7: read by another of the project';
is_deeply got($mia->patch("/api/sessions/$one->{id}", {status => 'working'})
	->json), \%alone, 'rule 7: the answer of a change is the whole session';
my ($full) = grep { $_->{id} eq $one->{id} }
	@{$mia->get("/api/sessions?projectId=$p&fields=full")->json};
is_deeply got($full), \%alone, 'rule 7: so is that of a full list';

my $many = session({teamMemberIds => [$std, $ada, 'tm_gone', $bobs, $mine]});
is_deeply names($many), [qw(Standup Ada Mine)],
	'several: in order, without those that are not there';
ok !exists $many->{$_}, "several: no $_" for qw(teamMemberId
	teamMemberSnapshot);
ok !exists got(session({teamMemberIds => [$ada, 'tm_gone']}))->{$_},
	"one left of several: no $_" for qw(teamMemberId teamMemberSnapshot);
is_deeply names($mia->get("/api/sessions/$many->{id}")->json),
	[qw(Standup Ada)], "another's global member stays hers";

is_deeply got(session($_)), {}, 'nothing to read, nothing shown'
	for {}, {teamMemberIds => []}, {teamMemberId => 'tm_gone'},
	{teamMemberIds => 'x', teamMemberId => 7}, {teamMemberIds => [7, {}]},
	{teamMemberId => $bobs};
is_deeply got($ann->post('/api/sessions', {projectId => $p, taskIds => []})
	->json), {}, 'nor without metadata';


# --- a small list that would be long work ---

my @crowd = map { "tm_$_" } 1 .. 1001;
my $r = $ann->post('/api/sessions', {projectId => $p, taskIds => [],
	metadata => {teamMemberIds => \@crowd}});
is_deeply [$r->status, $r->json->{details}[0]{path}],
	[400, 'metadata.teamMemberIds'], 'a crowd is refused' or diag $r->body;
pop @crowd;
is_deeply names(session({teamMemberIds => [@crowd[0 .. 998], $ada]})),
	['Ada'], 'a thousand are read';
$m->psql(q{insert into public.sessions (id, project_id, name, metadata) values
	('sess_old', '} . $p . q{', 'x', jsonb_build_object('teamMemberIds',
	(select jsonb_agg('tm_' || i) from generate_series(1, 5000) i)))});
is $m->psql("select team_member_snapshots is null from public.sessions
	where id = 'sess_old'"), 't', 'what came from elsewhere stays';

# --- what was stored stays ---

$m->psql("update public.sessions set team_member_snapshots =
	'[{\"name\": \"Then\"}]' where id = '$many->{id}'");
is_deeply got($ann->get("/api/sessions/$many->{id}")->json),
	{teamMemberSnapshots => [{name => 'Then'}]}, 'a stored snapshot stays';
$ann->patch("/api/team-members/$ada", {projectId => $p, name => 'Eve'});
is $ann->get("/api/sessions/$one->{id}")->json->{teamMemberSnapshot}{name},
	'Eve', 'one that is read follows the member';

# --- the name a session goes by ---

is $mia->get("/api/sessions/$one->{id}/log-digest")->json->{workerName}, 'Eve',
	'the digest names the member';
my $plain = session({});
is $ann->post("/api/sessions/$plain->{id}/prompt", {content => 'do',
	senderSessionId => $one->{id}})->status, 200, 'a prompt';
my ($prompt) = @{$ann->get('/api/session-prompts')->json};
is_deeply [@$prompt{qw(fromSessionName toSessionName)},
	$prompt->{fromTeamMember}{name}, $prompt->{toTeamMember}],
	['Eve', 'S', 'Eve', undef], 'rule 9: comes from the member by name';

done_testing;
