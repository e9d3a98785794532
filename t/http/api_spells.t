# /api/spells: the registry, entities, custom prompts, casting (maestro-api.md
# 2.12, 5.1, 6.5).
use v5.36;
use lib 't/lib';
use JSON::PP ();
use Test::More;
use Maestro::Api;
use Maestro::Test;

my @names = qw(ann mia vic bob);
my $m = Maestro::Test->new(users => \@names);
my %as = map { $_ => $m->as($_) } @names;
my @types = qw(maestro skill team-member task doc session custom-prompt);

my ($p, $q) = map { new_project($as{ann}, $_) } qw(A Q);
my $other = new_project($as{bob}, 'B');
add_members($as{ann}, $p, mia => 'member', vic => 'viewer');
my $t = $as{ann}->post('/api/tasks', {projectId => $p, title => 'Paint it',
	description => 'All of {{content}}'})->json->{id};
my ($s, $end) = map { $as{ann}->post('/api/sessions', {projectId => $p,
	taskIds => [], name => "N $_", status => $_})->json->{id} }
	qw(working completed);
my $far = $as{ann}->post('/api/sessions', {projectId => $q, taskIds => []})
	->json->{id};
my $foreign = $as{bob}->post('/api/sessions', {projectId => $other,
	taskIds => []})->json->{id};
my $d = $as{ann}->post("/api/tasks/$t/docs", {title => 'Plan',
	filePath => 'plan.md', content => '# Steps', sessionId => $s})
	->json->{id};
my $tm = $as{ann}->post('/api/team-members', {projectId => $p, name => 'Eve',
	role => 'Critic', avatar => 'E', identity => 'You doubt.'})->json->{id};

# --- definitions ---

my $all = $as{bob}->get('/api/spells/definitions')->json;
my %has;
push @{$has{$_->{entityType}}}, $_->{name} for @$all;
is_deeply \%has, {
	maestro => [qw(send void)], skill => [qw(send void apply)],
	'team-member' => [qw(send void adopt)],
	task => [qw(send void refer execute)], doc => [qw(send void review)],
	session => [qw(send void)], 'custom-prompt' => [qw(send void)]},
	'every type can be sent and told of, some more';
is scalar(grep { !length($_->{label}) || !length($_->{description})
	|| $_->{promptTemplate} !~ /\{\{/ } @$all), 0, 'each has its words';
is_deeply [map { $_->{promptTemplate} } grep { $_->{name} eq 'send' } @$all],
	[('{{content}}') x 7], 'send says the content';
is_deeply [map { $_->{name} } @{$as{bob}->get(
	"/api/spells/definitions?entityType=doc&projectId=$p")->json}],
	[qw(send void review)], 'of one type; 6.5: a project is ignored';
refused $as{bob}->get('/api/spells/definitions?entityType=x'), 400,
	'VALIDATION_ERROR', 'no such type', 'entityType';

# --- custom prompts ---

my $r = $as{mia}->post('/api/spells/custom-prompts', {name => ' Hurry ',
	content => 'Be quick', description => 'd', icon => "\x{1F3C3}",
	tags => ['a', 'b'], entityType => 'task', odd => 1});
is $r->status, 201, 'a prompt is kept' or diag $r->body;
my $cp = $r->json;
like $cp->{id}, qr/^cp_\d+_[0-9a-z]{9}$/, 'its id';
is_deeply {map { $_ => $cp->{$_} } grep { !/At$|^id$/ } keys %$cp},
	{name => 'Hurry', content => 'Be quick', description => 'd',
	icon => "\x{1F3C3}", tags => ['a', 'b'], entityType => 'task'},
	'as asked';
my $bare = $as{mia}->post('/api/spells/custom-prompts', {name => 'Old',
	prompt => 'From the command line'})->json;
is_deeply [sort keys %$bare], [qw(content createdAt id name updatedAt)],
	'no more than was said';
is $bare->{content}, 'From the command line',
	'6.5: prompt is taken for content';
is_deeply $as{mia}->get('/api/spells/custom-prompts')->json, [$cp, $bare],
	'the list';
is_deeply $as{ann}->get('/api/spells/custom-prompts')->json, [],
	'8: nobody else has them';
for my $method (qw(PUT PATCH)) {
	$r = $as{mia}->request($method, "/api/spells/custom-prompts/$cp->{id}",
		{name => $method, icon => undef});
	is_deeply [$r->status, @{$r->json}{qw(name icon content)}],
		[200, $method, undef, 'Be quick'], "$method changes it";
	refused $as{ann}->request($method,
		"/api/spells/custom-prompts/$cp->{id}", {name => 'x'}), 404,
		'NOT_FOUND', "$method: not somebody else's";
	refused $as{mia}->request($method,
		'/api/spells/custom-prompts/default_task_split', {name => 'x'}),
		400, 'VALIDATION_ERROR', "$method: nor a built-in one", 'id';
}
for my $bad ([{content => 'x'}, 'name'], [{name => 'x'}, 'content'],
	[{name => ' ', content => 'x'}, 'name'],
	[{name => 'x', content => 'x', description => 'd' x 501},
		'description'],
	[{name => 'x', content => 'x', icon => 'i' x 11}, 'icon'],
	[{name => 'x', content => 'x', tags => ['t' x 51]}, 'tags.0'],
	[{name => 'x', content => 'x', tags => [1 .. 11]}, 'tags.0'],
	[{name => 'x', content => 'x', tags => [map { "$_" } 1 .. 11]},
		'tags'],
	[{name => 'x', content => 'x', entityType => 'x'}, 'entityType']) {
	refused $as{mia}->post('/api/spells/custom-prompts', $bad->[0]), 400,
		'VALIDATION_ERROR', "wrong $bad->[1]", $bad->[1];
}

# --- entities ---

my $defaults = 0;
for my $type (@types) {
	my $list = $as{mia}->get("/api/spells/entities/$type?projectId=$p")
		->json;
	my @built_in = grep { $_->{metadata}{isDefault} } @$list;
	$defaults += @built_in;
	is scalar(grep { $_->{id} !~ /^default_/ || $_->{type} ne $type
		|| "@{$_->{availableSpells}}" ne 'send' } @built_in), 0,
		"$type: built-in ones can be sent";
	is scalar(grep { $_->{entityId} ne $_->{id} || $_->{entityType}
		ne $type || $_->{spells}[0]{name} ne 'send' } @$list), 0,
		"$type: in the words of the command line too";
}
is $defaults, 27, 'there are 27 of them';
sub stored ($who, $type, $project = $p) {
	return grep { !$_->{metadata}{isDefault} } @{$as{$who}->get(
		"/api/spells/entities/$type?projectId=$project")->json};
}
my ($task, $own, $none) = stored('mia', 'task');
is_deeply [@$task{qw(id name description availableSpells)}],
	[$t, 'Paint it', 'All of {{content}}', [qw(send void refer execute)]],
	'a task';
is_deeply [@$own{qw(id availableSpells)}, $none], [$cp->{id}, ['send'], undef],
	'one of my prompts for tasks';
is_deeply [map { $_->{id} } stored('vic', 'task')], [$t],
	'which nobody else sees';
is_deeply [map { $_->{id} } stored('mia', 'session')], [$s],
	'sessions that have not ended';
is_deeply [map { $_->{id} } stored('mia', 'doc')], [$d], 'documents';
is scalar(grep { $_->{id} eq $tm && $_->{description} eq 'Critic' }
	stored('mia', 'team-member')), 1, 'team members';
is scalar(stored('mia', 'team-member')), 8, 'with the default ones';
is_deeply [stored('mia', 'skill')], [], 'skills are not here';
is_deeply [map { $_->{id} } stored('mia', 'custom-prompt')],
	[$cp->{id}, $bare->{id}], 'all my prompts';
refused $as{mia}->get('/api/spells/entities/task'), 400, 'VALIDATION_ERROR',
	'a project is needed', 'projectId';
refused $as{mia}->get("/api/spells/entities/x?projectId=$p"), 400,
	'VALIDATION_ERROR', 'and a type', 'type';
refused $as{bob}->get("/api/spells/entities/task?projectId=$p"), 404,
	'NOT_FOUND', 'a stranger finds no project';

# --- invoke ---

sub cast ($who, %o) {
	return $as{$who}->post('/api/spells/invoke', {entityType => 'task',
		entityId => $t, spellName => 'execute', targetSessionId => $s,
		projectId => $p, %o});
}
sub heard () {
	return map { JSON::PP->new->decode(s/^.*?content://r) } split /\n/,
		$m->psql("select data from pg_logical_slot_get_changes('t',
		null, null) where data like 'message:%prefix: maestro%'");
}
$m->psql("select pg_create_logical_replication_slot('t', 'test_decoding')");
$r = cast('mia');
is $r->status, 200, 'a spell is cast' or diag $r->body;
my $said = $r->json;
is_deeply [@$said{qw(success entityType entityId spellName targetSessionId)}],
	[JSON::PP::true, 'task', $t, 'execute', $s], 'what it was';
cmp_ok $said->{timestamp}, '>', 1e12, 'when';
is $said->{prompt}, "Do the task \"Paint it\" ($t) now, and report on it as "
	. "you go.\n\nAll of {{content}}",
	'the template with its fields; braces in a text stay text';
my @heard = heard();
is_deeply [map { [@$_{qw(type projectId)}] } @heard],
	[['session:prompt_send', $p], ['spell:invoked', $p]],
	'5.1: the prompt, then the spell';
is_deeply [@{$heard[0]{data}}{qw(sessionId content mode senderSessionId
	senderProjectId targetProjectId)}],
	[$s, $said->{prompt}, 'send', 'ui', undef, $p], 'said by a person';
is_deeply $heard[1]{data}, $said, 'the event holds the answer';

is cast('mia', spellName => 'send')->json->{prompt}, 'All of {{content}}',
	'send: the text';
like cast('mia', spellName => 'refer')->json->{prompt},
	qr/Paint it.*todo\.\nAll of/s, 'refer';
like cast('mia', spellName => 'void')->json->{prompt},
	qr/For your information.*priority medium/, 'void: the details';
like cast('mia', entityType => 'team-member', entityId => $tm,
	spellName => 'adopt')->json->{prompt}, qr/Eve, Critic.*You doubt\./s,
	'adopt';
like cast('mia', entityType => 'team-member', entityId =>
	"tm_${p}_coordinator", spellName => 'adopt')->json->{prompt},
	qr/Coordinator/, 'also a member without a row';
like cast('mia', entityType => 'doc', entityId => $d, spellName => 'review')
	->json->{prompt}, qr/"Plan".*plan\.md.*# Steps/s, 'review';
like cast('mia', entityType => 'doc', entityId => $d, spellName => 'void')
	->json->{prompt}, qr/of the session N working/,
	'the first field that is not empty';
like cast('mia', entityType => 'session', entityId => $end, spellName =>
	'void')->json->{prompt}, qr/"N completed".*completed/, 'a session';
is cast('mia', entityId => $cp->{id}, spellName => 'send')->json->{prompt},
	'Be quick', 'one of my own for tasks';
like cast('mia', entityId => 'default_task_split', spellName => 'send')
	->json->{prompt}, qr/Split it/, 'a built-in one';

heard();
$r = cast('ann', targetSessionId => $far, invokerSessionId => $s);
is $r->status, 200, 'to a session of another project of mine';
@heard = heard();
is_deeply [map { $_->{projectId} } @heard], [$q, $q],
	'whose people hear of it';
is_deeply [@{$heard[0]{data}}{qw(senderSessionId senderProjectId)}],
	[$s, $p], 'with who speaks';
cast('mia', invokerSessionId => $foreign);
is_deeply [map { $_->{data}{senderSessionId} } (heard())[0]], ['ui'],
	'8: somebody else\'s session is nobody';
$as{mia}->post('/api/spells/invoke', {entityId => $t, targetSessionId => $s},
	headers => {'X-Session-Id' => $end});
is_deeply [map { $_->{data}{senderSessionId} } (heard())[0]], [$end],
	'the session of the header speaks when none is named';

# --- 6.5: what the command line sends ---

for ([$t, 'task', 'send'], [$d, 'doc', 'send'], [$tm, 'team-member', 'send'],
	[$end, 'session', 'send'], [$bare->{id}, 'custom-prompt', 'send'],
	['default_maestro_plan', 'maestro', 'send']) {
	my ($id, $type, $spell) = @$_;
	$r = $as{mia}->post('/api/spells/invoke', {entityId => $id,
		spellName => undef, targetSessionId => $s,
		invokerSessionId => $end, args => {a => 1}});
	is_deeply [$r->status, @{$r->json}{qw(entityType spellName)}],
		[200, $type, $spell], "$type: found by its id"
		or diag $r->body;
}

# --- refusals ---

refused cast('vic'), 403, 'FORBIDDEN', 'a viewer casts none';
refused cast('bob'), 404, 'NOT_FOUND', 'nor a stranger';
refused cast('bob', projectId => $other, targetSessionId => $foreign), 404,
	'NOT_FOUND', 'nor with what is not theirs';
refused cast('mia', projectId => $q), 404, 'NOT_FOUND',
	'nor in a project they do not see';
refused cast('ann', projectId => $q), 404, 'NOT_FOUND',
	'a task of another project is none of this';
refused cast('mia', spellName => 'review'), 404, 'NOT_FOUND',
	'a spell of another type';
is cast('mia', spellName => 'review')->json->{message},
	"Spell with id 'review' not found", 'in the words of the wire';
refused cast('mia', entityId => 'default_task_split'), 404, 'NOT_FOUND',
	'one that a built-in entity does not have';
refused cast('ann', entityId => $cp->{id}, spellName => 'send'), 404,
	'NOT_FOUND', "another person's prompt";
refused cast('mia', entityId => 'task_none'), 404, 'NOT_FOUND', 'no entity';
refused $as{mia}->post('/api/spells/invoke', {entityId => 'x_1',
	targetSessionId => $s}), 404, 'NOT_FOUND', 'nor by id alone';
refused cast('mia', targetSessionId => 'sess_none'), 404, 'NOT_FOUND',
	'no session';
refused cast('mia', $_ => undef), 400, 'VALIDATION_ERROR', "no $_", $_
	for qw(entityId targetSessionId);
refused cast('mia', spellName => 'x' x 101), 400, 'VALIDATION_ERROR',
	'a long name', 'spellName';
refused cast('mia', entityType => 'x'), 400, 'VALIDATION_ERROR',
	'no type', 'entityType';
is scalar(grep { $_->{type} eq 'spell:invoked' } heard()), 6,
	'what was refused is not heard';

# --- the end of prompts ---

refused $as{ann}->del("/api/spells/custom-prompts/$cp->{id}"), 404,
	'NOT_FOUND', 'nobody deletes what is not theirs';
refused $as{mia}->del('/api/spells/custom-prompts/default_task_split'), 400,
	'VALIDATION_ERROR', 'nor what is built in';
$r = $as{mia}->del("/api/spells/custom-prompts/$cp->{id}");
is_deeply [$r->status, $r->json->{success}], [200, JSON::PP::true],
	'it is deleted';
refused $as{mia}->del("/api/spells/custom-prompts/$cp->{id}"), 404,
	'NOT_FOUND', 'once';
is_deeply [map { $_->{data}{id} } heard()], [$cp->{id}], 'and told of';
$m->psql("select pg_drop_replication_slot('t')");

done_testing;
