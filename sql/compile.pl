#!/usr/bin/perl
# Compiles sql/queries/*.sql into C: an enum of names and a table of texts.
#
#   compile.pl header FILE... > queries.h
#   compile.pl source FILE... > queries.c
#
# A statement starts with "-- name: NAME :KIND [:read]" and ends at the next
# such line; kinds: json one opt many rows exec.  Anything odd is an error.
use v5.36;

my ($what, @files) = @ARGV;
die "usage: compile.pl header|source FILE...\n"
    unless defined $what && $what =~ /^(?:header|source)$/ && @files;

my (@queries, %seen);
for my $file (sort @files) {
    open my $in, '<', $file or die "$file: $!\n";
    my $q;
    while (my $line = <$in>) {
        if ($line =~ /^--\s*name:\s*(.*?)\s*$/) {
            my ($name, @tags) = split ' ', $1;
            die "$file:$.: bad name\n" unless $name =~ /^[a-z][a-z0-9_]*$/;
            die "$file:$.: $name stands twice\n" if $seen{$name}++;
            my @kinds = grep { /^:(?:json|one|opt|many|rows|exec)$/ } @tags;
            my @other = grep { !/^:(?:json|one|opt|many|rows|exec|read)$/ } @tags;
            die "$file:$.: $name: one kind is needed\n" if @kinds != 1 || @other;
            $q = {name => $name, sql => '', at => "$file:$.",
                  read => scalar(grep { $_ eq ':read' } @tags)};
            push @queries, $q;
            next;
        }
        if ($line =~ /^\s*--/ || $line !~ /\S/) { next }
        die "$file:$.: text before the first name\n" unless $q;
        $q->{sql} .= $line;
    }
}
for my $q (@queries) {
    $q->{sql} =~ s/\s+\z//;
    $q->{sql} =~ s/;\z// or die "$q->{at}: $q->{name} does not end with ;\n";
    my %n = map { $_ => 1 } $q->{sql} =~ /\$(\d+)/g;
    $q->{n} = keys %n;
    for (1 .. $q->{n}) {
        die "$q->{at}: $q->{name}: \$$_ is not used\n" unless $n{$_};
    }
}

say '/* Made by sql/compile.pl from sql/queries; do not edit. */';
if ($what eq 'header') {
    say '#ifndef DOMAIN_QUERIES_H';
    say '#define DOMAIN_QUERIES_H';
    say '';
    say '#include "core/db.h"';
    say '';
    say 'enum query {';
    say "\tQ_", uc $_->{name}, ',' for @queries;
    say "\tQUERY_COUNT,";
    say '};';
    say '';
    say 'extern const struct db_statement queries[QUERY_COUNT];';
    say '';
    say '#endif';
} else {
    say '#include "domain/queries.h"';
    say '';
    say 'const struct db_statement queries[QUERY_COUNT] = {';
    for my $q (@queries) {
        my @lines = map { s/([\\"])/\\$1/gr =~ s/\t/\\t/gr } split /\n/, $q->{sql};
        say "\t[Q_", uc $q->{name}, "] = {";
        say "\t\t.name = \"$q->{name}\",";
        say "\t\t.n_params = $q->{n},";
        say "\t\t.is_read = ", ($q->{read} ? 'true' : 'false'), ',';
        say "\t\t.sql = ";
        say "\t\t\t\"$_\\n\"" for @lines;
        say "\t\t\t,";
        say "\t},";
    }
    say '};';
}
