/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * link_type - LINKTYPE_ values of the tcpdump registry, and what libpcap says instead.
 *
 * Most numbers are the same; those that systems had given out differently before
 * the registry have a DLT_ value in libpcap, and a LINKTYPE_ value in files.
 */
#ifndef SEE_CAPTURE_LINK_TYPE_H
#define SEE_CAPTURE_LINK_TYPE_H

#include <stdint.h>

/* The registry's value for the field of a file header, whose upper bits say other things. */
int see_link_type_of_file(uint32_t field);

/* The registry's value for a device of libpcap, and back. */
int see_link_type_of_dlt(int dlt);
int see_link_type_dlt(int link_type);

#endif
