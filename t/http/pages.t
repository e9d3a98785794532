# The pages of /app: what they refuse, and hostile input.
use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Pages;
use Maestro::Test;

my $m = Maestro::Test->new(admins => ['root'], conf => {
	templates_strict => 'true', rate_signup => 1000, rate_token => 1000,
	rate_recover => 1000, mail_max_frequency_s => 0});
my ($ann, $bob, $project, $task) = whole_way($m);
my $anon = $m->browser;
my ($id) = $project =~ m{([^/]+)$};
my $me = $m->psql("select id from public.users where email = 'ann\@pages.test'");
my @words = (_csrf => 'x' x 32);

# --- headers ----------------------------------------------------------------
my $r = $ann->get('/app');
my $csp = $r->header('content-security-policy');
like $csp, qr/script-src 'self'/, 'scripts of our own only';
unlike $csp, qr/unsafe/, 'none inline';
is $r->header('cache-control'), 'no-store', 'pages stay in no cache';
is $r->header('x-frame-options'), 'DENY', 'nor in a frame';
my ($css) = $r->body =~ m{href="(/static/[0-9a-f]{12}/app\.css)"};
like $anon->get($css)->header('cache-control'), qr/immutable/,
	'static files are kept for ever under their hash';
unlike $r->body, qr/<script>|<style|\son\w+=|style="/, 'nothing inline';

# --- who may ----------------------------------------------------------------
for my $path ('/app', "$project", "$project/files", "$project/members",
	"$project/settings", "$project/tasks/new", $task, '/app/account',
	'/app/reset', '/app/invitation?token=x', '/app/admin',
	'/app/admin/users', '/app/admin/mail') {
	my $r = $anon->get($path);
	is $r->status, 303, "GET $path without a session";
	like $r->header('location'), qr{^/app/sign-in}, 'leads to the sign-in';
}
my @posts = ('/app/projects', "$project/settings", "$project/delete",
	"$project/tasks", $task, "$task/move", "$task/delete",
	"$project/invitations", "$project/members/$me",
	"$project/members/$me/remove", "$project/invitations/x/revoke",
	'/app/account/profile', '/app/account/password',
	'/app/account/tokens', '/app/account/tokens/x/revoke',
	'/app/account/sign-out-others', '/app/reset', '/app/invitation');
for my $path (@posts) {
	is post_form($anon, $path)->status, 303,
		"POST $path without a session";
	is $ann->form($path, {})->status, 403, 'without its field';
	is $ann->form($path, {@words})->status, 403, 'with another field';
	is $ann->request('POST', $path, {a => 1})->status, 415,
		'JSON is not a form';
	is $ann->request('PUT', $path)->status, 405, 'nor PUT';
}
is $ann->request('GET', "$task/move")->status, 405, 'no change by GET';
for my $path (grep { /$id|tasks/ && !/remove|revoke/ } @posts) {
	my %f = (name => 'x', title => 'x', email => 'x@pages.test',
		status => 'todo', role => 'viewer');
	is post_form($bob, $path, \%f)->status, 404,
		"POST $path by a stranger";
}
is $m->psql("select count(*) from public.tasks where project_id = '$id'"), 1,
	'and nothing came of it';

# A viewer reads.
$m->psql("insert into public.project_members (project_id, user_id, role)
	select '$id', id, 'viewer' from public.users
	where email = 'bob\@pages.test'");
is $bob->get($project)->status, 200, 'a viewer reads';
unlike $bob->get($task)->body, qr/Save changes/, 'without a form';
is post_form($bob, $task, {title => 'x'})->status, 403, 'and writes nothing';
is post_form($bob, "$project/tasks", {title => 'x'})->status, 403,
	'makes no task';
is multipart($bob, "$project/files", _csrf => csrf($bob),
	file => ['x', 'x'])->status, 403, 'stores no file';
is post_form($bob, "$project/invitations", {email => 'c@pages.test'})->status,
	403, 'invites nobody';
is post_form($bob, "$project/members/$me", {role => 'viewer'})->status, 403,
	'changes no role';
is $bob->get('/app/admin')->status, 403, 'is no admin';

# The field is another in every answer (pages are compressed), and each is good.
my @fields = map { $ann->get('/app/account')->body
	=~ /name="_csrf" value="([^"]+)"/ } 1 .. 2;
isnt $fields[0], $fields[1], 'a field is used for one page';
is $ann->form('/app/account/profile',
	{_csrf => $_, displayName => 'ann'})->status, 303, 'and is taken'
	for @fields;
is $bob->form('/app/account/profile',
	{_csrf => $fields[0], displayName => 'x'})->status, 403,
	'from its own browser only';
is $ann->form('/app/account/profile',
	{_csrf => substr($fields[0], 0, 85) . '!', displayName => 'x'})->status,
	403, 'and whole';

# --- mistakes ---------------------------------------------------------------
$r = post_form($ann, '/app/projects', {name => ' ', description => '<b>'});
is $r->status, 422, 'a mistake shows the form again';
like $r->body, qr/id="name-wrong"/, 'the error beside the field';
like $r->body, qr/>&lt;b&gt;</, 'the words still in it, as text';
$r = post_form($ann, "$project/tasks",
	{title => 'x', dueDate => '2026-02-30', priority => 'high'});
is $r->status, 422, 'a day that is none';
like $r->body, qr/id="dueDate-wrong"/, 'is told';
like $r->body, qr/value="high" selected/, 'what was chosen stays chosen';
$r = post_form($ann, $task, {title => 'x' x 10001});
like $r->body, qr/at most 10000 characters/, 'too long a title';
is post_form($ann, "$task/move", {status => 'sideways'})->status, 400,
	'a status that is none';
$r = post_form($ann, "$project/invitations", {email => 'nobody'});
is $r->status, 422, 'an address that is none';
like $r->body, qr/id="email-wrong"/, 'is told';
$r = post_form($ann, "$project/members/$me/remove");
is $r->status, 422, 'the last owner stays';
$r = post_form($anon, '/app/sign-up', {email => 'ann@pages.test',
	password => 'correct horse'});
is $r->status, 422, 'an address that is taken';
like $r->body, qr/id="email-wrong"/, 'is told';
$r = post_form($anon, '/app/sign-up', {email => 'new@pages.test',
	password => 'short'});
like $r->body, qr/id="password-wrong"/, 'a weak password too';
$r = post_form($ann, '/app/account/tokens', {name => ''});
like $r->body, qr/id="token-wrong"/, 'a token without a name too';
like $r->body, qr/value="ann"/, 'and the profile form keeps the name';

# --- hostile input ----------------------------------------------------------
my $evil = q{"><img src=x onerror=alert(1)>{{csrf}}</textarea>'};
post_form($ann, "$project/tasks", {title => $evil, description => $evil,
	tags => $evil});
post_form($ann, '/app/account/profile', {displayName => $evil});
for my $path ('/app', $project, $task, "$project/members", '/app/account',
	"$project?q=" . '%22%3E%3Cimg%20src%3Dx%3E') {
	my $r = $ann->get($path);
	is $r->status, 200, "$path shows it";
	unlike $r->body, qr/<img src=x/, 'as text';
}
is $ann->get("$project?q=$_")->status, 200, "a search for $_ is none"
	for '%FF', '%00';
for my $path ('/app/tasks/%FF',
	'/app/tasks/%00', '/app/tasks/' . 'x' x 3000,
	"$project/files/not-a-uuid", '/app/admin/mail/..%2Fmaestro.conf') {
	my $r = $ann->get($path);
	ok $r->status >= 400 && $r->status < 500, "GET $path: " . $r->status;
}
$r = post_form($ann, $task, {title => "a\0b"});
ok $r->status >= 400 && $r->status < 500, 'NUL in a title';
$r = post_form($ann, $task, {title => "\xff\xfe"});
ok $r->status >= 400 && $r->status < 500, 'bytes that are no UTF-8';
$r = post_form($ann, $task, {title => "two\r\nlines",
	description => "a\r\nb"});
is $r->status, 303, 'a title of two lines';
like $ann->get($task)->body, qr/>two lines</, 'becomes one';
is $m->psql("select description from public.tasks where '$task' like '%' || id"),
	"a\nb", 'line ends of a form become line feeds';
is post_form($ann, '/app/account/profile',
	{displayName => 'x' x 70_000})->status, 413, 'a form that is too big';
$r = multipart($ann, "$project/files", file => ['a', 'a'],
	_csrf => csrf($ann));
is $r->status, 403, 'a file before the CSRF field';
is multipart($ann, "$project/files", _csrf => csrf($ann))->status, 422,
	'an upload without a file';
is $ann->request('POST', "$project/files", undef, body => 'x',
	type => 'text/plain')->status, 400, 'an upload that is no form';
for my $next ('//evil.test', '/\\evil.test', 'https://evil.test/app',
	"/app\r\nX-Evil: 1", '/apple', "/app/\x{7f}") {
	my $b = $m->browser;
	my $r = post_form($b, '/app/sign-in', {email => 'ann@pages.test',
		password => 'correct horse ann', next => $next});
	is $r->header('location'), '/app', 'no way out by next';
}

# --- images of tasks --------------------------------------------------------
my $gif = pack 'H*', '47494638396101000100800000000000ffffff21f90401000000002c'
	. '00000000010001000002024401003b';
like $ann->get($task)->body, qr/Screenshots and sketches/, 'no images yet';
$r = multipart($ann, "$task/images", _csrf => csrf($ann),
	file => ['C:\\a&b<i>.gif', $gif], file => ['c.gif', $gif]);
is $r->status, 303, 'images are added';
is $r->header('location'), $task, 'and the task is shown again';
my $page = $ann->get($task)->body;
my @shown = $page =~ m{<img src="(/app/tasks/[^"]+/images/img_[^"]+)" alt="([^"]*)" loading="lazy">}g;
is_deeply [@shown[1, 3]], ['a&amp;b&lt;i&gt;.gif', 'c.gif'],
	'each with its name';
$r = $ann->get($shown[0]);
is_deeply [$r->status, $r->header('content-type'), $r->body eq $gif],
	[200, 'image/gif', 1], 'and its bytes';
like $r->header('content-security-policy'), qr/sandbox/, 'that run nothing';
is $bob->get($shown[0])->status, 200, 'a viewer sees them';
unlike $bob->get($task)->body, qr{action="\Q$shown[0]\E/delete"},
	'without a button';
is multipart($bob, "$task/images", _csrf => csrf($bob),
	file => ['d.gif', $gif])->status, 403, 'and adds none';
is post_form($bob, "$shown[0]/delete")->status, 403, 'nor deletes';
isnt $anon->get($shown[0])->body, $gif, 'nobody else sees them';
$r = multipart($ann, "$task/images", _csrf => csrf($ann),
	file => ['page.png', '<html><script>alert(1)</script></html>']);
is $r->status, 400, 'a page is no image';
like $r->body, qr/no PNG, JPEG/, 'the page says so';
like $r->body, qr/>two lines</, 'and shows the task as it was';
is multipart($ann, "$task/images", file => ['d.gif', $gif],
	_csrf => csrf($ann))->status, 403, 'a file before the CSRF field';
is multipart($ann, "$task/images", _csrf => csrf($ann))->status, 422,
	'no file at all';
is multipart($ann, "$task/images", _csrf => csrf($ann),
	file => ['x' x 256 . '.gif', $gif])->status, 400, 'a long name';
is post_form($ann, "$shown[0]/delete")->status, 303, 'one is deleted';
is $ann->get($shown[0])->status, 404, 'and gone';
is scalar(() = $ann->get($task)->body =~ /<img /g), 1, 'the other stays';
post_form($ann, "$shown[2]/delete");

# --- sessions ---------------------------------------------------------------
my $b = $m->browser;
$b->{cookies} = {'__Host-maestro_session' => 'rubbish',
	'__Host-maestro_refresh' => 'rubbish'};
is $b->get('/app')->status, 303, 'bad cookies are none';
is $b->{cookies}{'__Host-maestro_refresh'}, undef, 'and taken away';
post_form($b, '/app/sign-in', {email => 'ann@pages.test',
	password => 'correct horse ann'});
my %was = %{$b->{cookies}};
for my $again (1 .. 3) { # each a tab that still has the old token
	$b->{cookies} = {%was};
	delete $b->{cookies}{'__Host-maestro_session'};
	is $b->get('/app')->status, 200, "tab $again refreshes";
}
post_form($ann, '/app/account/sign-out-others');
delete $b->{cookies}{'__Host-maestro_session'};
is $b->get('/app')->status, 303, 'a session ended elsewhere is over';
$r = $anon->request('GET', '/app', undef,
	headers => {'X-Requested-With' => 'fetch'});
is $r->status, 303, 'our scripts are sent to the sign-in as well';
$r = $ann->request('POST', "$task/move", undef,
	headers => {'X-Requested-With' => 'fetch'}, body => 'status=todo',
	type => 'application/x-www-form-urlencoded');
is $r->status, 403, 'and get their refusals';
is $r->json->{code}, 'csrf', 'as JSON';
unlike $m->log('web'), qr/token=|correct horse/, 'no secret is logged';
done_testing;
