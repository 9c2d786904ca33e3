#!/usr/bin/perl
# SPDX-License-Identifier: BSD-3-Clause
# Posts a form with HTTP::Tiny, which follows a 303 by itself.
use strict;
use warnings;
use HTTP::Tiny;

my $answer = HTTP::Tiny->new->post_form($ARGV[0], { text => 'Nice tea' });
print "$answer->{status} $answer->{url}\n";
