# What the master promises: HUP drops no request, QUIT ends at once, a worker
# that dies is replaced, one that cannot start is not started in a frenzy.
use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Test;
use Maestro::Load;
use Time::HiRes qw(time);

my $m = Maestro::Test->new(users => ['ann'], web_workers => 3);
my $ann = $m->as('ann');

# Not so many zombies: whoever adopts an orphan may be slow to reap it.
sub lives ($pid) {
	open my $f, '<', "/proc/$pid/stat" or return 0;
	return readline($f) !~ /\) [ZX]/;
}

sub workers () {
	my $master = $m->pid('web') or return;
	open my $f, '<', "/proc/$master/task/$master/children" or return;
	return sort { $a <=> $b } split ' ', readline($f) // '';
}

subtest 'HUP under load' => sub {
	my %old = map { $_ => 1 } workers();
	my $load = Maestro::Load->new(3, sub ($client, $n) {
		return $ann->get('/api/projects')->status;
	});
	for my $round (1 .. 3) {
		my %gone = map { $_ => 1 } workers();
		$m->set_conf(jwt_exp_s => 3600 + $round);
		$m->reload;
		Maestro::Test::wait_for('new workers', sub {
			my @now = workers();
			@now == 5 && !grep { $gone{$_} } @now;
		});
	}
	my %answers;
	$answers{$_}++ for $load->stop;
	is join(' ', sort keys %answers), '200', 'no request is dropped';
	note "$answers{200} requests";
	is scalar(grep { $old{$_} } workers()), 0, 'all workers are new ones';
};

subtest 'HUP takes the new settings' => sub {
	my %old = map { $_ => 1 } workers();
	$m->set_conf(web_workers => 5);
	$m->reload;
	Maestro::Test::wait_for('two workers more', sub {
		my @now = workers();
		@now == 7 && !grep { $old{$_} } @now;
	});
	pass 'as many workers as the file says now';
	open my $f, '>>', $m->dir . '/maestro.conf' or die;
	print $f "no_such_setting = 1\n";
	close $f;
	my @before = workers();
	$m->reload;
	Maestro::Test::wait_for('the complaint', sub {
		$m->log('web') =~ /unknown setting no_such_setting/;
	});
	is $ann->get('/api/projects')->status, 200, 'a bad file changes nothing';
	is "@{[workers()]}", "@before", 'not even the workers';
	$m->set_conf(web_workers => 3);
	$m->reload;
	Maestro::Test::wait_for('fewer workers', sub { (my @now = workers()) == 5 });
};

subtest 'HUP takes the new templates and keys' => sub {
	my $templates = $m->dir . '/templates';
	system('cp', '-a', 'templates', $templates) == 0 or die 'cp';
	my $page = sub { $m->http->get('/app/sign-in')->body };
	my $edit = sub ($text) {
		open my $f, '>>', "$templates/app/sign_in.html" or die;
		print $f $text;
		close $f;
	};
	$m->set_conf(templates_dir => $templates);
	my %old = map { $_ => 1 } workers();
	my $replaced = sub {
		Maestro::Test::wait_for('new workers', sub {
			my @now = workers();
			@now == 5 && !grep { $old{$_} } @now;
		});
		%old = map { $_ => 1 } workers();
	};
	$m->reload;
	$replaced->();
	$edit->("<!-- a new line -->\n");
	kill 'KILL', (workers())[0];
	Maestro::Test::wait_for('a successor',
		sub { (my @now = workers()) == 5 && !lives((sort { $a <=> $b } keys %old)[0]) });
	unlike $page->(), qr/a new line/, 'workers of one master show the same page'
		for 1 .. 5;
	%old = map { $_ => 1 } workers();
	$m->reload;
	$replaced->();
	like $page->(), qr/a new line/, 'the next ones the new page';
	$edit->("{{#broken}}\n");
	my @before = workers();
	$m->reload;
	Maestro::Test::wait_for('the complaint', sub {
		$m->log('web') =~ /sign_in\.html:\d+: is never closed: broken/;
	});
	like $page->(), qr/a new line/, 'a broken template changes nothing';
	is "@{[workers()]}", "@before", 'not even the workers';
	rename $m->dir . '/secrets/jwt-keys.json', $m->dir . '/secrets/away' or die;
	$m->set_conf(templates_dir => "$m->{share}/templates");
	$m->reload;
	Maestro::Test::wait_for('the complaint',
		sub { $m->log('web') =~ /jwt-keys\.json: No such file/ });
	is $ann->get('/api/projects')->status, 200, 'nor do keys that are missing';
	rename $m->dir . '/secrets/away', $m->dir . '/secrets/jwt-keys.json' or die;
	$m->reload;
	$replaced->();
	unlike $page->(), qr/a new line/, 'all good: all of it counts';
};

subtest 'a worker is killed' => sub {
	for (1 .. 3) {
		my @old = workers();
		kill 'KILL', $old[0];
		Maestro::Test::wait_for('a successor', sub {
			my @now = workers();
			@now == 5 && !grep { $_ == $old[0] } @now;
		});
	}
	is $ann->get('/api/projects')->status, 200, 'there is another';
};

subtest 'recycling' => sub {
	$m->set_conf(max_requests => 5);
	$m->reload;
	my %seen;
	my @answers;
	for (1 .. 60) {
		push @answers, $ann->get('/api/projects')->status;
		$seen{$_} = 1 for workers();
	}
	is scalar(grep { $_ != 200 } @answers), 0, 'goes unnoticed';
	ok keys %seen > 8, 'and happens';
	$m->set_conf(max_requests => 20000);
};

subtest 'QUIT' => sub {
	my @all = workers();
	my $start = time;
	$m->proc('web')->signal('QUIT');
	ok $m->proc('web')->wait_end(5), 'ends at once';
	ok time - $start < 2, 'within two seconds';
	Maestro::Test::wait_for('its workers to go', sub {
		!grep { lives($_) } @all;
	});
	pass 'with all workers';
	$m->start('web');
};

subtest 'the master is killed' => sub {
	my @all = workers();
	my $start = time;
	$m->proc('web')->signal('KILL');
	$m->proc('web')->wait_end(5);
	Maestro::Test::wait_for('its workers to follow', sub {
		!grep { lives($_) } @all;
	}, 10);
	pass 'the workers do not live on';
	$m->start('web');
	is $ann->get('/api/projects')->status, 200, 'the next one serves';
	note sprintf 'back after %.2f s', time - $start;
};

done_testing;
