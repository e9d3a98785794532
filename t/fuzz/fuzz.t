#!/usr/bin/perl
# Each parser of hostile input under libFuzzer for a few seconds.  A longer
# hunt: MAESTRO_FUZZ_SECONDS=600 prove t/fuzz/fuzz.t
use v5.36;
use Cwd qw(abs_path);
use File::Basename qw(basename dirname);
use File::Temp qw(tempdir);
use Test::More;

my $here = dirname(abs_path(__FILE__));
my $top = abs_path("$here/../..");
my $build = abs_path($ENV{MAESTRO_BUILD} // "$top/build");
my $seconds = $ENV{MAESTRO_FUZZ_SECONDS} // 3;
my $dir = tempdir(CLEANUP => 1);

# What each target is made of, beside its own file; what these need comes from
# the libraries of the build.
my @ground = qw(arena base buf err utf8 num json);
my %parts = (
    enc  => [qw(arena base enc utf8 clock)],
    json => [@ground],
    layout => [@ground, 'clock', map { "../domain/$_" }
        qw(layout layout_fields layout_text)],
    lift => [@ground, qw(enc lift)],
    markdown => [@ground, qw(clock markdown)],
    multipart => [@ground, 'multipart'],
    tmpl => [@ground, qw(file tmpl tmpl_parse tmpl_html view)],
    jwt  => [@ground, qw(file clock digest enc rand jwk jwt)],
    redirect => [qw(arena base), '../domain/email', '../domain/redirect'],
    jwks => [@ground, qw(file clock digest enc rand jwk jwt)],
);

my $cflags = `pkg-config --cflags json-c libjwt libcrypto libcmark-gfm libpq`;
my $libs = `pkg-config --libs json-c libjwt libcrypto libcmark-gfm libpq`;
is $?, 0, 'the libraries are there';

for my $name (sort keys %parts) {
    my @files = map { "$top/app/core/$_.c" } @{$parts{$name}};
    my $clang = "clang -std=gnu11 -g -O1 -D_GNU_SOURCE -I$top/app "
        . "-I$build/app "
        . "-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all "
        . "$cflags $here/$name.c @files "
        . "$build/libdomain.a $build/libcore.a -o $dir/$name $libs";
    my $out = qx(@{[$clang =~ s/\n/ /gr]} 2>&1);
    is $?, 0, "$name is built" or do { diag $out; next };
    mkdir "$dir/corpus-$name";
    $out = qx(cd $dir && ./$name -max_total_time=$seconds -timeout=10 \\
        -rss_limit_mb=2048 -dict=$here/tokens.dict corpus-$name 2>&1);
    is $?, 0, "$name survives $seconds s" or diag substr($out, -4000);
}
done_testing;
