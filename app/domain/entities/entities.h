#ifndef DOMAIN_ENTITIES_H
#define DOMAIN_ENTITIES_H

/*
 * entities - what the product knows, one declaration each (domain/entity.h),
 * a file per subject in this folder; the build finds them.  The API checks and
 * answers by them, the pages fill their forms by them, the reference prints
 * them, the command line shows them.
 */
#include "domain/entities/list.h"
#include "domain/entity.h"

#endif
