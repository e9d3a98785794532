# Every row of every route table against strangers, junk and greed: nothing
# that is ann's shows or changes for anybody else, nothing ends in a 5xx, no
# worker dies.
use v5.36;
use lib 't/lib';
use Test::More;
use Maestro::Api;
use Maestro::Routes;
use Maestro::Test;

my $m = Maestro::Test->new(users => [qw(ann bob)],
	conf => {mailer_autoconfirm => 'true'});
my ($ann, $bob) = map { $m->as($_) } qw(ann bob);
my $secret = 'ThePurpleHeron';

# --- what is ann's ---

my $p = new_project($ann, $secret);
my $t = $ann->post('/api/tasks', {projectId => $p, title => $secret})
	->json->{id};
my $s = $ann->post('/api/sessions', {projectId => $p, taskIds => [$t],
	name => $secret})->json->{id};
$ann->post("/api/tasks/$t/docs", {title => $secret, filePath => 'd.md',
	content => $secret, sessionId => $s});
my ($doc_id) = map { $_->{id} } @{$ann->get("/api/tasks/$t/docs")->json};
my $list = $ann->post('/api/task-lists', {projectId => $p, name => $secret})
	->json->{id};
my $member = $ann->post('/api/team-members', {projectId => $p,
	name => $secret, role => $secret, avatar => 'x'})->json->{id};
my $mail = $ann->post('/api/mail', {projectId => $p, type => 'query',
	subject => $secret, body => {question => $secret}})->json->{id};
my $team = $ann->post('/api/teams', {projectId => $p, name => $secret,
	leaderId => $member})->json->{id};
my $graph = $ann->post('/api/task-graphs', {projectId => $p,
	name => $secret})->json->{id};
my $profile = $ann->post('/api/model-profiles', {name => $secret,
	launchConfig => {provider => 'claude', model => 'm'}})->json->{id};
my $inv = $ann->post("/api/projects/$p/members",
	{email => 'carl@example.test', role => 'admin'})->json;
my $token = $ann->post('/api/tokens', {name => $secret})->json;
my $object = $ann->request('POST',
	"/storage/v1/object/project-files/$p/$secret.txt", undef,
	body => $secret, type => 'text/plain')->json->{Id};
my $image = $ann->post("/api/tasks/$t/images", {filename => "$secret.gif",
	mimeType => 'image/gif', data => 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAA'
	. 'LAAAAAABAAEAAAIBRAA7'})->json->{id};
my $prompt = $ann->post('/api/spells/custom-prompts',
	{name => $secret, content => $secret})->json->{id};
my %of = (docs => $doc_id, projects => $p, tasks => $t, sessions => $s, heartbeat => $s,
	'task-lists' => $list, lists => $list, 'team-members' => $member,
	teams => $team, 'task-graphs' => $graph, 'model-profiles' => $profile,
	'workflow-templates' => 'none_such', mail => $mail,
	tokens => $token->{id}, users => $m->user('ann')->{id},
	skills => 'none_such', 'custom-prompts' => $prompt,
	bucket => 'project-files', identities => $object);
my %params = (mode => 'worker', type => 'task', imageId => $image,
	bucket => 'project-files', key => "$p/$secret.txt",
	entityType => 'task', projectId => $p,
	sessionId => $s, threadId => $mail,
	agent => $member, mail => $mail, team => $team, profile => $profile, taskId => $t, docId => $doc_id, modalId => 'modal_1',
	userId => $of{users}, invitationId => $inv->{id}, token => 'x' x 64,
	file => $object);

# What a project and a name make needs no line above.
for (map { $_->{path} =~ m{^/api/([\w-]+)/:id\b} ? $1 : () } routes()) {
	$of{$_} //= thing_of($ann, $p, $_, $secret);
}
$params{s/s$/Id/r} //= $of{$_} for grep { /s$/ } keys %of;

# Everything ann has, as the database sees it; times of use may move.
my $state = sub {
	return $m->psql(q{
	select md5(string_agg(r, E'\n' order by r)) from (
		select to_jsonb(t)::text as r from public.projects t
		union all select to_jsonb(t)::text from public.tasks t
		union all select to_jsonb(t)::text from public.sessions t
		union all select to_jsonb(t)::text from public.mail t
		union all select to_jsonb(t)::text
			from public.custom_prompts t
		union all select to_jsonb(t)::text from public.task_images t
		union all select to_jsonb(t)::text from public.project_members t
		union all select to_jsonb(t)::text
			from public.project_invitations t
		union all select to_jsonb(t)::text from public.teams t
		union all select to_jsonb(t)::text from public.task_graphs t
		union all select to_jsonb(t)::text from public.model_profiles t
		union all select id || name from public.api_tokens t
		union all select name || version || metadata
			from storage.objects t
		union all select email || encrypted_password from auth.users t
	) x});
};

# --- every route ---

my @routes = map { [@$_{qw(method path who)}] } routes();
cmp_ok scalar @routes, '>', 120, 'the tables have been found';

sub filled ($path) {
	my $before = '';
	return join '/', map {
		my $name = $_;
		my $v = $name =~ /^[:*](.*)/ ? $1 eq 'id' ? $of{$before}
			: $path =~ m{^/api/.*/files/} ? "$secret.txt"
			: $path =~ m{/tokens/:token} ? $token->{id}
			: $params{$1} : $name;
		fail "%params has a value for $name of $path" if !defined $v;
		$v //= 'none';
		$before = $name;
		$v;
	} split m{/}, $path, -1;
}

# A signed-in browser and its form value.
sub browser_of ($name) {
	my $b = $m->browser;
	my $page = $b->get('/app/sign-in')->body;
	my ($csrf) = $page =~ /name="_csrf" value="([^"]+)"/;
	my $r = $b->form('/app/sign-in', {_csrf => $csrf,
		email => $m->user($name)->{email},
		password => $m->user($name)->{password}});
	is $r->status, 303, "$name signs in on the page" or diag $r->body;
	return ($b, $b->{cookies}{'__Host-maestro_csrf'});
}
my ($bobs, $bobs_csrf) = browser_of('bob');
my ($anns, $anns_csrf) = browser_of('ann');

# What bob may well ask for with ann's ids in it: the answer is about nothing.
my $harmless = qr{^(?:POST[ ]/storage/v1/object/(?:list|list-v2|sign)/:bucket
	|DELETE[ ]/storage/v1/object/:bucket
	|GET[ ]/api/skills/mode/:mode
	|GET[ ]/api/mail/thread/:threadId)$}x;
my %wanted = (name => 'x', title => 'x', projectId => $p, taskIds => [$t],
	sessionId => $s, isMaster => \1, role => 'admin', userId => $of{users},
	status => 'todo', message => 'x', filePath => 'x', prefix => $p,
	prefixes => ["$p/$secret.txt"], paths => ["$p/$secret.txt"],
	expiresIn => 60, orderedIds => [$t], orderedTaskIds => [$t],
	memberIds => [$member], leaderId => $member, subTeamId => $team,
	launchConfig => {provider => 'claude', model => 'x'},
	entries => ['x'], scope => 'global', avatar => 'x', bucketId => 'project-files',
	sourceKey => "$p/$secret.txt", destinationKey => "$p/x.txt",
	token => $inv->{id}, id => $of{users});

sub ask ($who, $method, $path, $csrf = undef) {
	return $who->form($path, {_csrf => $csrf // 'x', title => 'x',
		status => 'todo', role => 'owner', name => 'x',
		token => $inv->{id}}) if $path =~ m{^/app} && $method eq 'POST';
	return $who->request($method, $path,
		$method eq 'GET' || $path =~ m{/files$|^/app/.*/images$}
		? undef : \%wanted);
}

sub form_of (@fields) {
	my $text = '';
	while (my ($name, $value) = splice @fields, 0, 2) {
		$text .= "--b\r\nContent-Disposition: form-data; name=\"$name\""
			. ($name eq 'file' ? '; filename="f.txt"' : '')
			. "\r\n\r\n$value\r\n";
	}
	return "$text--b--\r\n";
}

my $before = $state->();
for my $route (@routes) {
	my ($method, $pattern, $who) = @$route;
	my $path = filled($pattern);
	my $named = $pattern =~ /[:*]/;
	my $shown = "$method $pattern";
	my $is_page = $path =~ m{^/app};
	next if $shown =~ m{^POST /app/(?:sign-out|account)};

	my $r = ask($m->http, $method, $path);
	cmp_ok $r->status, '<', 500, "$shown: nobody" or diag $r->body;
	ok $r->status >= 300, "$shown: nobody is not let in"
		if $who !~ /^R_(?:ANY|PUBLIC)$/;
	unlike $r->body, qr/\Q$secret/, "$shown: nobody sees nothing";

	$r = $is_page ? ask($bobs, $method, $path, $bobs_csrf)
		: ask($bob, $method, $path);
	cmp_ok $r->status, '<', 500, "$shown: bob" or diag $r->body;
	ok $r->status >= 400, "$shown: not bob's"
		or diag $r->status . ' ' . $r->body
		if $named && $shown !~ $harmless;
	# What he sent himself may come back, nothing else of ann's.
	unlike $r->body =~ s{\Q$secret.txt}{}gr, qr/\Q$secret/,
		"$shown: bob sees nothing of ann's";

	# A cookie without the form value changes nothing.
	if ($is_page && $method eq 'POST') {
		$r = $path =~ m{/(?:files|images)$} ? $anns->request('POST', $path,
			undef, type => 'multipart/form-data; boundary=b',
			body => form_of(_csrf => 'x' x 32, file => 'forged'))
			: $anns->form($path, {_csrf => 'x' x 32, title =>
			'forged', name => 'forged', role => 'viewer',
			status => 'todo'});
		is $r->status, 403, "$shown: forged" or diag $r->body;
	}
}
# Bob's sweep made things of his own; ann's are as they were.
$m->psql("delete from public.projects where owner_id <> '$of{users}'");
$m->psql("delete from public.model_profiles
	where user_id <> '$of{users}'");
$m->psql('delete from public.api_tokens where name = \'x\'');
my $after = $state->();
is $after, $before, 'nothing of ann has changed'
	or diag $m->psql('select table_name, operation, record_id, user_id,
		changed_columns, new_data from public.rls_audit_log
		order by id desc limit 20');

# --- headers out of stored text ---

my $copy = $ann->post('/storage/v1/object/copy', {
	bucketId => 'project-files', sourceKey => "$p/$secret.txt",
	destinationKey => "$p/b.txt", copyMetadata => \0, metadata => {
	mimetype => "text/plain\r\nSet-Cookie: x=y", cacheControl =>
	"no-store\r\nX-Evil: 1"}});
is $copy->json->{statusCode}, 415, 'a copy cannot carry a type with a second line'
	or diag $copy->body;
$m->psql("update storage.objects set metadata = metadata
	|| jsonb_build_object('mimetype', E'text/plain\\r\\nSet-Cookie: x=y',
	'cacheControl', E'no-store\\r\\nX-Evil: 1')
	where name = '$p/$secret.txt'");
my $got = $ann->get("/storage/v1/object/project-files/$p/$secret.txt");
is_deeply [$got->status, $got->header('set-cookie'), $got->header('x-evil')],
	[200, undef, undef], 'nor can a row';

# What ann is told stays with ann.
for my $path (map { filled($_->[1]) } grep { $_->[0] eq 'GET'
		&& $_->[1] !~ m{^/auth/v1/(?:admin|callback|authorize)|confirm|admin|^/(?:metrics|health|ready)} }
		@routes) {
	my $r = ($path =~ m{^/app} ? $anns : $ann)->get($path);
	next if $r->status != 200 || $path !~ /_|project|tas|sess|tok|profile|me/;
	like $r->header('cache-control') // '', qr/private|no-store|no-cache/,
		"$path: no cache hands it on";
}
# --- junk into every route, with the right to use it ---

my @junk = ('', '{', '[]', 'null', '"x"', "\0" x 10, "\xff\xfe\xfd",
	'{"a":' . '[' x 40 . ']' x 40 . '}', '{"id":"\u0000"}',
	'{"name":"' . "\xc3\x28" . '"}', '%', '%00', 'a=%00&_csrf=%ff',
	join('&', ('=') x 2000), '--x', "\r\n\r\nGET / HTTP/1.1\r\n\r\n");
my %types = map { $_ => 1 } 'application/json', 'text/plain',
	'application/x-www-form-urlencoded', 'multipart/form-data',
	'multipart/form-data; boundary=', 'multipart/form-data; boundary=x';
my $n = 0;
for my $route (grep { $_->[0] =~ /^(?:POST|PUT|PATCH)$/ } @routes) {
	my ($method, $pattern) = @$route;
	next if $pattern =~ m{/empty$|^/app/sign-out|/logout$|others$};
	my $path = filled($pattern);
	for my $type (sort keys %types) {
		my $body = $junk[$n++ % @junk];
		for my $c ($path =~ m{^/app} ? $anns : $ann, $m->service) {
			my $r = $c->request($method, $path, undef,
				body => $body, type => $type, headers => {
				'X-CSRF-Token' => $anns_csrf});
			ok $r->status && $r->status < 500,
				"$method $pattern $type: junk"
				or diag $r->status . ' ' . $r->body
				. " for <$body>";
		}
	}
}
for my $route (grep { $_->[0] eq 'GET' && $_->[1] =~ /[:*]/ } @routes) {
	my ($method, $pattern) = @$route;
	for my $v ('%00', '%ff', '..', '%2e%2e%2f%2e%2e', '%0d%0aX:%20y', '*',
		"'", '%', '%25%73', '0', '-1', 'null', 'x' x 300) {
		my $path = $pattern =~ s{[:*]\w+}{$v}gr;
		for my $c ($path =~ m{^/app} ? $anns : $ann, $m->service) {
			my $r = $c->get($path);
			ok $r->status && $r->status < 500, "$pattern: $v"
				or diag $r->status . ' ' . $r->body;
			is $r->header('x'), undef, "$pattern: one header"
				if $v =~ /0d/;
		}
	}
}
for my $q (qw(limit offset page per_page status projectId parentId taskId
	filter q kind token type redirect_to next active full download)) {
	for my $v ('%00', '%ff', '-1', '99999999999999999999', 'x' x 5000,
		'%0d%0aX:%20y') {
		for my $path ('/api/tasks', '/api/projects', '/api/sessions',
			"/api/projects/$p/board", "/api/projects/$p/docs",
			'/auth/v1/verify', '/auth/v1/settings',
			"/app/projects/$p", '/app/sign-in', '/app/confirm',
			'/storage/v1/bucket',
			"/storage/v1/object/project-files/$p/$secret.txt") {
			my $r = ($path =~ m{^/app} ? $anns : $ann)
				->get("$path?$q=$v");
			ok $r->status && $r->status < 500,
				"$path?$q=" . substr $v, 0, 30
				or diag $r->status . ' ' . $r->body;
			is $r->header('x'), undef, 'one header' if $v =~ /0d/;
		}
	}
}

# --- what the reference says of bodies is what is checked ---

# Every field of every body, with something of another type in it.
{
	my $text = do { local (@ARGV, $/) = "$Maestro::Test::build/doc/rest-api.txt";
		<> };
	my %sample = ('e-mail' => 'x@example.test', UUID => $of{users},
		true => \1, whole => 1, number => 1, date => '2026-12-24',
		ids => [], texts => ['x'], object => {}, any => {});
	my ($fields, $bodies) = (0, 0);
	while ($text =~ m{^([A-Z]+)\S*\ (/api/\S+)\ ->\ \d+\n
			((?:\ {4}.*\n)+)}gmx) {
		my ($method, $path, $said) = ($1, filled($2), $3);
		my ($body) = $said =~ /^ {4}Body: {3}(.*?)^ {4}\S/ms or next;
		my @body = map { /^(?: {12})?(\S+) +(\w[\w\/-]*)(.*)/ ? [$1, $2, $3] : () }
			grep { !/^ {13}/ } split /\n/, $body =~ s/\n {13,}/ /gr;
		my %given;
		$bodies++;
		for (@body) {
			my ($name, $type, $more) = @$_;
			my $good = $sample{$type} // ($type =~ /^(?:id|text)$/
				? 'x' : $type);
			if ($type ne 'any') {
				my $r = $ann->request($method, $path, {%given,
					$name => $type =~ /^(?:object|true)$/
						? 'x' : {a => 1}});
				is_deeply [$r->status, $r->json->{code},
					$r->json->{details}[0]{path}], [400,
					'VALIDATION_ERROR', $name],
					"$method $path checks $name"
					or diag $r->body;
				$fields++;
			}
			$given{$name} = $good if $more =~ /; required/;
		}
	}
	cmp_ok $bodies, '>', 30, 'bodies were found';
	cmp_ok $fields, '>', 120, 'and their fields';
}

# --- a small text that would be a big tree ---

for my $unit ('{}', '[]', '{"a":1}') {
	my $r = $ann->request('POST', '/api/projects', undef, body =>
		'{"name":[' . join(',', ($unit) x 200_000) . ']}',
		type => 'application/json');
	is_deeply [$r->status, $r->json->{code}], [413, 'PAYLOAD_TOO_LARGE'],
		"many $unit";
}
# Tokens where none belong.
my $h = $m->http;
my $k = $token->{token};
$h->get($_) for "/k/$k", "//k/$k/api/tasks", "/k/$k/k/$k/api/tasks",
	"/%6b/$k/api/tasks", "/x/../k/$k/api/tasks", "/k/$k?a=b", "/$k";

# A form of a million fields.
my $r = $anns->request('POST', "/app/tasks/$t", undef,
	body => 'a&' x 950_000, type => 'application/x-www-form-urlencoded');
cmp_ok $r->status, '<', 500, 'a form of many fields';
my $most_kb = 0;
for my $status (glob '/proc/[0-9]*/status') {
	open my $f, '<', $status or next;
	my $text = do { local $/; <$f> // '' };
	next if $text !~ /^PPid:\s*${\$m->pid('web')}$/m;
	my ($kb) = $text =~ /^VmRSS:\s*(\d+)/m;
	$most_kb = $kb if $kb && $kb > $most_kb;
}
cmp_ok $most_kb, '<', 48_000, 'no worker keeps what it had for it'
	if !Maestro::Test::is_sanitized();

is scalar(() = $m->log('web') =~ /ev=worker_(?:died|killed)/g), 0,
	'no worker died';
unlike $m->log('web'), qr/lvl=error/, 'nothing was our fault';
for my $log (qw(web nginx nginx-access nginx-error)) {
	my $text = eval { $m->log($log) } // '';
	unlike $text, qr/\Q$token->{token}/, "$log: no API token";
	unlike $text, qr/\Q$inv->{token}/, "$log: no invitation";
}

done_testing;
