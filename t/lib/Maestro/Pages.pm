package Maestro::Pages;

# What pages do in either mode, on the embedded default and on a hosted
# project, as a browser without scripts sees it: for t/http/pages*.t.
use v5.36;
use Exporter qw(import);
use MIME::Base64 qw(decode_base64);
use Test::More;
use Maestro::Test;

our @EXPORT = qw(page_server csrf post_form post_boxes sign_up start_project
	multipart whole_way newest_link);

# A server whose templates know each name, and that lets everybody sign up.
sub page_server (%conf) {
	return Maestro::Test->new(conf => {templates_strict => 'true',
		rate_signup => 1000, rate_token => 1000, %conf});
}

# The field every form carries.
sub csrf ($b) {
	return $b->{cookies}{'__Host-maestro_csrf'}
		// do { $b->get('/app/sign-in');
			$b->{cookies}{'__Host-maestro_csrf'} };
}

sub post_form ($b, $path, $fields = {}, %o) {
	return $b->form($path, {_csrf => csrf($b), %$fields}, %o);
}

# A form with boxes: pairs, several of one name.
sub post_boxes ($b, $path, @pairs) {
	my $body = join '&', map { join '=', map {
		s/([^A-Za-z0-9_.-])/sprintf '%%%02X', ord $1/ger } @$_ }
		['_csrf', csrf($b)], @pairs;
	return $b->request('POST', $path, undef, body => $body,
		type => 'application/x-www-form-urlencoded');
}

sub sign_up ($m, $name, $email = "$name\@pages.test") {
	my $b = $m->browser;
	my $r = post_form($b, '/app/sign-up', {name => $name, email => $email,
		password => "correct horse $name"});
	is $r->status, 303, "$name signs up";
	is $r->header('location'), '/app', 'and is in';
	return $b;
}

# The address of a new project and its id; others by the names they signed up
# with: vic => 'viewer'.
sub start_project ($m, $b, $name, %roles) {
	my $project = post_form($b, '/app/projects', {name => $name})
		->header('location');
	my ($id) = $project =~ m{([^/]+)$};
	$m->psql("insert into public.project_members (project_id, user_id, role)
		select '$id', id, '$roles{$_}' from public.users
		where email = '$_\@pages.test'") for sort keys %roles;
	return ($project, $id);
}

sub multipart ($b, $path, @parts) {
	my $body = '';
	while (my ($name, $value) = splice @parts, 0, 2) {
		my $file = ref $value ? "; filename=\"$value->[0]\"" : '';
		$body .= "--b0\r\nContent-Disposition: form-data; "
			. "name=\"$name\"$file\r\n\r\n"
			. (ref $value ? $value->[1] : $value) . "\r\n";
	}
	return $b->request('POST', $path, undef, body => "$body--b0--\r\n",
		type => 'multipart/form-data; boundary=b0');
}

# The link of the newest mail in an instance's folder.
sub newest_link ($m) {
	my ($file) = reverse sort glob "$m->{dir}/mail/*.eml";
	open my $f, '<', $file or die "$file: $!";
	my $mail = do { local $/; <$f> };
	my ($text) = $mail =~ m{text/plain.*?\r\n\r\n(.*?)\r\n--}s;
	my ($link) = decode_base64($text) =~ m{(https://\S+[?&]token\S+)};
	return $link;
}

sub whole_way ($m) {
	my $ann = sign_up($m, 'ann');
	my $bob = sign_up($m, 'bob');
	my $r = post_form($ann, '/app/projects', {name => 'Opus 1'});
	is $r->status, 303, 'a project is made';
	my $project = $r->header('location');
	like $project, qr{^/app/projects/proj_\d+_\w{9}$}, 'and shown';
	like $ann->get($project)->body, qr/A clear board/, 'its board';
	is $bob->get($project)->status, 404, 'not to others';

	$r = post_form($ann, "$project/tasks", {title => 'First movement',
		tags => 'music', status => 'blocked'});
	is $r->status, 303, 'a task is made';
	my ($task) = $ann->get($project)->body =~ m{(/app/tasks/task_\w+)"};
	ok $task, 'and is on the board';
	is post_form($ann, "$task/move", {status => 'completed'})->status, 303,
		'a card is moved';
	like $ann->get($task)->body, qr/value="completed" selected/, 'and stays';
	is $bob->get($task)->status, 404, 'a task of others looks absent';

	$r = multipart($ann, "$project/files", _csrf => csrf($ann),
		file => ['score.txt', "c d e\n"]);
	is $r->status, 303, 'a file is stored';
	my ($file) = $ann->get("$project/files")->body
		=~ m{href="(/app/projects/[^"]+/files/[0-9a-f-]{36})"};
	ok $file, 'and listed';
	$r = $ann->get($file);
	is $r->status, 200, 'and fetched';
	is $r->body, "c d e\n", 'whole';
	like $r->header('content-disposition'), qr/score\.txt/, 'by its name';
	is $bob->get($file)->status, 404, 'not by others';
	is multipart($bob, "$project/files", _csrf => csrf($bob),
		file => ['x', 'x'])->status, 404, 'who store nothing there';
	is post_form($bob, "$file/delete")->status, 404, 'nor delete';
	is post_form($ann, "$file/delete")->status, 303, 'its owner deletes it';
	is $ann->get($file)->status, 404, 'and it is gone';

	delete $ann->{cookies}{'__Host-maestro_session'};
	$r = $ann->get($project);
	is $r->status, 200, 'an expired session refreshes itself';
	ok $ann->{cookies}{'__Host-maestro_session'}, 'with a new cookie';

	post_form($ann, '/app/sign-out');
	is $ann->{cookies}{'__Host-maestro_session'}, undef,
		'signing out takes the session';
	is $ann->{cookies}{'__Host-maestro_refresh'}, undef, 'all of it';
	$r = $ann->get($project);
	is $r->status, 303, 'then pages lead to the sign-in';
	like $r->header('location'), qr{^/app/sign-in\?next=}, 'and back';
	$r = post_form($ann, '/app/sign-in', {email => 'ann@pages.test',
		password => 'correct horse ann', next => $project});
	is $r->header('location'), $project, 'after it';
	return ($ann, $bob, $project, $task);
}

1;
