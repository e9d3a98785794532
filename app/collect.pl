#!/usr/bin/perl
# Finds what source files declare, so that no list has to name it again: an
# extern line for each, and a macro that goes through all of them in the order
# of the files.
#
#   collect.pl TYPE LIST FILE... >list.h
#
# finds "const struct TYPE NAME = {" (or NAME[]) at the beginning of a line;
# LIST(X) is X(NAME) X(NAME) ...
use v5.36;

my ($type, $list, @files) = @ARGV;
die "usage: collect.pl TYPE LIST FILE...\n" unless @files;

my (@names, %at);
for my $file (@files) {
    open my $in, '<', $file or die "$file: $!\n";
    while (<$in>) {
        my ($name) = /^const struct $type (\w+(?:\[\])?) = \{/ or next;
        die "$file:$.: $name is in $at{$name} too\n" if $at{$name};
        $at{$name} = $file;
        push @names, $name;
    }
}
say "/* Made by app/collect.pl; do not edit. */";
say "extern const struct $type $_; /* $at{$_} */" for @names;
say "#define $list(X) \\";
say "\tX($_) \\" for map { s/\[\]//r } @names;
say '';
