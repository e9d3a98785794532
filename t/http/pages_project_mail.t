# The pages of mail: people write as themselves, to sessions, agents, people
# and everyone; who may; the boxes.
use v5.36;
use JSON::PP qw(decode_json);
use Test::More;
use lib 't/lib';
use Maestro::Pages;

my $m = page_server();
my ($ann, $bob, $vic) = map { sign_up($m, $_) } qw(ann bob vic);
my ($project, $id) = start_project($m, $ann, 'Opus 5', vic => 'viewer');
my %user = map { $_ => $m->psql("select id from public.users
	where email = '$_\@pages.test'") } qw(ann bob vic);
$m->psql("insert into public.sessions (id, project_id, name, status,
		team_member_id, parent_session_id) values
	('s_one', '$id', 'Session one', 'working', 'tm_x', null),
	('s_two', '$id', 'Session two', 'idle', 'tm_x', 's_one'),
	('s_old', '$id', 'Session old', 'completed', 'tm_y', null)");
my $mail = "$project/mail";

sub newest ($columns) {
	return $m->psql("select $columns from public.mail
		order by created_at desc, id desc limit 1");
}

# Words of the rows of a box.
sub subjects ($b, $path) {
	return join ' ', $b->get($path)->body
		=~ m{class="name whole" href="[^"]+/mail/[^"]+">([^<]+)<}g;
}

# --- writing ----------------------------------------------------------------
my $r = $ann->get($mail);
like $r->body, qr{/mail" aria-current="page"}, 'the tab is marked';
like $r->body, qr/No mail yet/, 'no mail';
$r = $ann->get("$mail/new");
like $r->body, qr/You write as ann/, 'a person writes as themselves';
like $r->body, qr/value="s.s_one"/, 'to a session at work';
unlike $r->body, qr/value="s.s_old"/, 'not to one that ended';
like $r->body, qr/value="a.tm_x"[^>]*>[^<]*\(2 sessions\)/, 'to an agent';
like $r->body, qr/value="p.$user{vic}"/, 'to a person';
unlike $r->body, qr/value="p.$user{ann}"/, 'not to oneself';
like $ann->get("$mail/new?to=s.s_old")->body, qr/value="s.s_old" selected/,
	'who is asked for is chosen';
like $r->body, qr/value="" selected/, 'nobody is chosen for one';
like $ann->get("$mail/new?to=p.$user{bob}")->body, qr/value="" selected/,
	'nor in place of a stranger';
my %letter = (to => 's.s_one', type => 'directive', priority => 'high',
	subject => 'Stop', text => "Now.\r\nPlease.");
$r = post_form($ann, $mail, \%letter);
is $r->status, 303, 'a letter is sent';
my $thread = $r->header('location');
like $thread, qr{^\Q$mail\E/mail_}, 'and shown';
is newest("from_session_id || '|' || from_name || '|' || to_session_id || '|'
	|| type || '|' || priority"),
	"user_$user{ann}|ann|s_one|directive|high", 'as it was written';
is newest("content ->> 'details'"), "Now.\nPlease.",
	'its words stand where agents look for them';
like $ann->get($thread)->body, qr/You.*Session one.*High.*Now\./s, 'it is read';
like $vic->get($thread)->body, qr/<strong>ann/, 'others see who wrote';
my %key = (query => 'question', response => 'answer', assignment =>
	'instructions', notification => 'message', status_update => 'message');
for my $type (sort keys %key) {
	post_form($ann, $mail, {%letter, type => $type, text => $type});
	is newest("content ->> '$key{$type}'"), $type, "$type has a $key{$type}";
}
$m->psql('delete from public.mail where id <> thread_id or subject = \'Stop\'
	and type <> \'directive\'');
post_form($ann, $mail, {%letter, to => 'all', subject => 'Hear'});
is newest('to_session_id is null'), 't', 'to everyone is a broadcast';
$r = post_form($ann, $mail, {%letter, to => 'a.tm_x', subject => 'Both'});
is $r->header('location'), $mail, 'to an agent it goes to several';
is $m->psql("select string_agg(to_session_id, ' ' order by to_session_id)
	from public.mail where subject = 'Both'"), 's_one s_two',
	'each session at work';
post_form($ann, $mail, {%letter, to => "p.$user{vic}", subject => 'Vic'});
is newest('to_session_id'), "user_$user{vic}", 'to a person';

# --- mistakes ---------------------------------------------------------------
$r = post_form($ann, $mail, {%letter, subject => ' ', type => 'query',
	text => '<b>kept</b>'});
is $r->status, 422, 'a letter has a subject';
like $r->body, qr/id="subject-wrong"/, 'the form says so';
like $r->body, qr/&lt;b&gt;kept/, 'and keeps the words';
like $r->body, qr/value="query" selected/, 'the type';
like $r->body, qr/value="s.s_one" selected/, 'and whom to';
is post_form($ann, $mail, {%letter, text => ''})->status, 422, 'words too';
is post_form($ann, $mail, {%letter, type => 'spell'})->status, 422, 'a type';
for my $to ('s.none', 'a.tm_y', "p.$user{bob}", 'p.x', 's.', "s.'", 'q.x',
	'', 'everyone') {
	my $r = post_form($ann, $mail, {%letter, to => $to, text => 'kept'});
	is $r->status, 422, "$to cannot be written to";
	like $r->body, qr/>kept</, 'the words are kept';
}
is $m->psql("select count(*) from public.mail where subject = 'Stop'"), 1,
	'nothing went anywhere, least of all to everyone';

# --- replies ----------------------------------------------------------------
$m->psql("insert into public.mail (project_id, from_session_id, to_session_id,
		in_reply_to, type, subject, content)
	select '$id', 's_one', from_session_id, id, 'response', 'Re: Stop',
		'{\"answer\": \"Stopped\", \"task_id\": \"t9\"}'
	from public.mail where subject = 'Stop'");
$r = $ann->get($thread);
like $r->body, qr/Now\..*Stopped/s, 'a thread is read in order';
like $r->body, qr{<dt>task id</dt><dd>t9}, 'and what a letter carries';
like $r->body, qr/value="s.s_one" selected/, 'the answer goes back';
like $r->body, qr/name="subject" value="Re: Stop"/, 'under its subject, once';
my ($reply) = $r->body =~ m{action="(\Q$mail\E/mail_\w+)">};
$r = post_form($ann, $reply, {%letter, text => 'Thanks',
	type => 'response', subject => 'Re: Stop'});
is $r->header('location'), $thread, 'a reply stays in the thread';
is newest("content ->> 'answer'"), 'Thanks', 'with its words';
like $ann->get($mail)->body, qr/3 mails/, 'which counts as one';
is post_form($ann, $reply, {%letter, text => ''})->status, 422,
	'an empty reply is none';
my $other = post_form($bob, '/app/projects', {name => 'Other'})
	->header('location');
is $bob->get("$other/mail/" . $thread =~ s{.*/}{}r)->status, 404,
	'a thread is not to be had through another project';

# --- boxes ------------------------------------------------------------------
is subjects($ann, $mail), 'Re: Stop Vic Both Both Hear', 'threads, newest first';
is subjects($vic, "$mail?box=me"), 'Vic Hear', 'what a person gets';
is subjects($ann, "$mail?box=s_two"), 'Both Hear', 'what a session gets';
is subjects($ann, "$mail?box=all"), 'Hear', 'what went to everyone';
is subjects($ann, "$mail?box=s_old"), 'Hear', 'also to one that ended';
like $ann->get("$mail?box=s_two")->body, qr{mail/new\?to=s\.s_two"},
	'and from there one writes to it';
for my $bad ('none', '%00', '%ff', "'", 'x' x 500) {
	is $ann->get("$mail?box=$bad")->status, 200, "box=" . substr $bad, 0, 9;
}
is $ann->get("$mail?page=$_")->status, $_ =~ /^\d$/ && $_ ? 200 : 400,
	"page=$_" for 0, 2, 'x', -1;
$m->psql("insert into public.mail (project_id, from_session_id, type, subject)
	select '$id', 's_one', 'status', 'n' || n from generate_series(1, 60) n");
is scalar(() = $ann->get($mail)->body =~ /class="name whole" href/g), 50,
	'a page has fifty';
like $ann->get($mail)->body, qr/name="page" value="2"/, 'and a next one';
is scalar(() = $ann->get("$mail?page=2")->body =~ /class="name whole" href/g), 15,
	'with the rest';
# The way through three pages and back, by what the buttons send.
$m->psql("insert into public.mail (project_id, from_session_id, type, subject)
	select '$id', 's_one', 'status', 'o' || n from generate_series(1, 60) n");

sub turn ($path, $page, $way) {
	my ($form) = grep { /name="page" value="$page"/ }
		$ann->get($path)->body =~ m{<form method="get"(.*?)</form>}gs;
	my %of = $form =~ /type="hidden" name="(\w+)" value="([^"]+)"/g;
	ok $of{$way}, "page $page is $way a place" if $way;
	my $query = join '&', "page=$page", map { "$_=" . $of{$_}
		=~ s/&#43;/+/gr =~ s/([^A-Za-z0-9_.-])/sprintf '%%%02X',
		ord $1/ger } sort keys %of;
	return $path =~ s/\?.*//r . "?$query";
}

for my $start ($mail, "$mail?box=all") {
	my @page = ($start);
	push @page, turn($page[-1], @page + 1, 'after') for 1, 2;
	my @seen = map { split ' ', subjects($ann, $_) } @page;
	is "@seen[0 .. 119]", join(' ', map { ("o$_") } reverse 1 .. 60) . ' '
		. join(' ', map { ("n$_") } reverse 1 .. 60), 'each is seen once';
	unlike $ann->get($page[2])->body, qr/value="4"/, 'and there is an end';
	my $back = turn($page[2], 2, 'before');
	is subjects($ann, $back), subjects($ann, $page[1]), 'the way back';
	is subjects($ann, turn($back, 1, '')), subjects($ann, $start),
		'leads to the first';
}
is $ann->get("$mail?page=2&after=$_")->status, 400, "after=$_"
	for 'x', ',';
$m->psql("delete from public.sessions where id = 's_one'");
$r = $ann->get($thread);
like $r->body, qr/s_one/, 'who has gone is known by the id';
like $r->body, qr/value="all">.*value="" selected|value="" selected.*value="all">/s,
	'and no reply to them goes to everyone unasked';

# --- who may ----------------------------------------------------------------
my ($mine) = $thread =~ m{([^/]+)$};
for my $path ($mail, $thread, "$mail/$mine/delete") {
	is post_form($vic, $path, {%letter, to => 'all'})->status, 403,
		"$path: not by a viewer";
	is post_form($bob, $path, \%letter)->status, 404, 'not by a stranger';
	is $ann->form($path, \%letter)->status, 403, 'not without the field';
	is post_form($m->browser, $path, \%letter)->status, 303, 'not by nobody';
}
for my $path ($mail, $thread) {
	is $bob->get($path)->status, 404, "$path looks absent to a stranger";
	my ($main) = $vic->get($path)->body =~ m{<main(.*)</main>}s;
	unlike $main, qr/method="post"|Write|Reply/, 'a viewer writes nothing';
}
is $vic->get("$mail/new")->status, 403, 'nor anything new';
is $ann->get("$mail/none")->status, 404, 'a thread that is none';
is post_form($ann, "$mail/$mine/delete", {thread => $mine})
	->header('location'), $thread, 'one is deleted';
is $ann->get($thread)->status, 200, 'the thread goes on without its first';
is post_form($ann, "$mail/$mine/delete")->status, 404, 'once';

# --- hostile ----------------------------------------------------------------
my $evil = q{"><img src=x onerror=alert(1)>{{csrf}}</textarea>};
$r = post_form($ann, $mail, {%letter, to => 'all', subject => $evil,
	text => $evil});
for my $path ($mail, $r->header('location')) {
	unlike $ann->get($path)->body, qr/<img src=x/, "$path: text stays text";
}
done_testing;
