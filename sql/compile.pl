#!/usr/bin/perl
# Compiles sql/queries/*.sql into C: an enum of names, a table of texts, and a
# call for each that takes as many arguments as the statement has, so that one
# too many or too few does not compile.
#
#   compile.pl header FILE... > queries.h
#   compile.pl source FILE... > queries.c
#   compile.pl json FILE...            {name: text}, for tests
#
# A statement starts with "-- name: NAME :KIND [:read]" and ends at the next
# such line.  Kinds (core/db.h): row opt rows text count exec.
#
# Columns that several statements read stand once, for all files:
#
#   -- columns: task
#   id, project_id, title;
#
# {task} in a statement is that list, {task t} the same as t.id, t.project_id,
# t.title.  Anything odd is an error.
use v5.36;

my ($what, @files) = @ARGV;
die "usage: compile.pl header|source|json FILE...\n"
    unless defined $what && $what =~ /^(?:header|source|json)$/ && @files;

my $kinds = qr/row|opt|rows|text|count|exec/;
my (@queries, %seen, %columns);

sub statement ($at, $text) {
    my ($name, @tags) = split ' ', $text;
    die "$at: bad name\n" unless $name =~ /^[a-z][a-z0-9_]*$/;
    die "$at: $name stands twice\n" if $seen{$name}++;
    my @kinds = map { /^:($kinds)$/ ? $1 : () } @tags;
    my @other = grep { !/^:(?:$kinds|read)$/ } @tags;
    die "$at: $name: one kind is needed\n" if @kinds != 1 || @other;
    return {name => $name, sql => '', at => $at, kind => $kinds[0],
        read => scalar(grep { $_ eq ':read' } @tags)};
}

sub expand ($q) {
    $q->{sql} =~ s{\{(\w+)(?: (\w+))?\}}{
        my ($list, $of) = ($columns{$1}, $2);
        die "$q->{at}: no columns $1\n" unless $list;
        join ', ', map { defined $of ? "$of.$_" : $_ } @$list
    }ge;
}

for my $file (sort @files) {
    open my $in, '<', $file or die "$file: $!\n";
    my ($q, $list);
    while (my $line = <$in>) {
        my $at = "$file:$.";
        if ($line =~ /^--\s*(name|columns):\s*(.*?)\s*$/) {
            my ($sort, $text) = ($1, $2);
            ($q, $list) = ();
            if ($sort eq 'name') {
                push @queries, $q = statement($at, $text);
            } else {
                die "$at: bad name\n" unless $text =~ /^[a-z][a-z0-9_]*$/;
                die "$at: columns $text stand twice\n" if $columns{$text};
                $list = \($columns{$text} = '');
            }
            next;
        }
        next if $line =~ /^\s*--/ || $line !~ /\S/;
        die "$at: text before the first name\n" unless $q || $list;
        if ($q) { $q->{sql} .= $line } else { $$list .= $line }
    }
}
for my $name (keys %columns) {
    $columns{$name} =~ s/;\s*\z// or die "columns $name do not end with ;\n";
    $columns{$name} = [split /\s*,\s*/, $columns{$name} =~ s/^\s+|\s+$//gr];
}
expand($_) for @queries;
for my $q (@queries) {
    $q->{sql} =~ s/\s+\z//;
    $q->{sql} =~ s/;\z// or die "$q->{at}: $q->{name} does not end with ;\n";
    my %n = map { $_ => 1 } $q->{sql} =~ /\$(\d+)/g;
    $q->{n} = keys %n;
    for (1 .. $q->{n}) {
        die "$q->{at}: $q->{name}: \$$_ is not used\n" unless $n{$_};
    }
}

if ($what eq 'json') {
    require JSON::PP;
    say JSON::PP->new->canonical->encode({map { $_->{name} => $_->{sql} } @queries});
    exit;
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
    say '/* Calls: they live as long as the block they stand in. */';
    for my $q (@queries) {
        my $args = join ', ', map { "a$_" } 1 .. $q->{n};
        say "#define q_$q->{name}($args) DB_CALL(Q_", uc $q->{name},
            $q->{n} ? ", $args)" : ', NULL)';
    }
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
        say "\t\t.kind = DB_", uc $q->{kind}, ',';
        say "\t\t.n_params = $q->{n},";
        say "\t\t.is_read = ", ($q->{read} ? 'true' : 'false'), ',';
        say "\t\t.sql = ";
        say "\t\t\t\"$_\\n\"" for @lines;
        say "\t\t\t,";
        say "\t},";
    }
    say '};';
}
