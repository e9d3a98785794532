# sql/schema.sql is what sql/schema.pl prints of a migrated database.  After a
# migration:  MAESTRO_SCHEMA=write ./quickstart check t/sql/schema.t
use v5.36;
use lib 't/lib';
use Test::More;
use Maestro::Test;

my $m = Maestro::Test->new(start => 0);
$m->start('postgres');
my $top = $Maestro::Test::top;
my $stored = "$top/sql/schema.sql";
my $url = $m->database_url('maestro_owner');
my $now = `$^X $top/sql/schema.pl '$url' 2>&1`;
is $?, 0, 'the schema can be told' or diag $now;
if (($ENV{MAESTRO_SCHEMA} // '') eq 'write') {
	open my $f, '>', $stored or die "$stored: $!";
	print $f $now;
	close $f or die "$stored: $!";
}

my $printed = "$m->{dir}/schema.sql";
open my $f, '>', $printed or die "$printed: $!";
print $f $now;
close $f;
is `diff -u '$stored' '$printed'`, '', 'the stored one is the present one'
	or diag 'MAESTRO_SCHEMA=write ./quickstart check t/sql/schema.t';

unlike $now, qr/made by no migration/, 'every table and type has its migration';
my %comment = map { $_ => 1 } $now =~ /^(?:-- .*\n)+create (?:unlogged )?table ((?:public|private)\.\w+)/mg;
is join(', ', grep { !$comment{$_} }
	$now =~ /^create (?:unlogged )?table ((?:public|private)\.\w+)/mg), '',
	'every table of the product says what it is';

done_testing;
