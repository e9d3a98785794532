/*
 * xaccel - the least a FastCGI application can do for a download: it names the
 * file to nginx and asks nobody.  What maestro is compared with.
 *
 *   xaccel SOCKET PROCESSES PATH
 *
 * Answers every request with X-Accel-Redirect: PATH; ends with its parent.
 */
#include <fcgiapp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base.h"

static void NEVER_RETURNS
serve(int fd, const char *path)
{
	FCGX_Request rq;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	FCGX_InitRequest(&rq, fd, 0);
	while (FCGX_Accept_r(&rq) >= 0) {
		FCGX_FPrintF(rq.out,
			     "Status: 200\r\n"
			     "Content-Type: application/octet-stream\r\n"
			     "X-Accel-Redirect: %s\r\n\r\n",
			     path);
		FCGX_Finish_r(&rq);
	}
	_exit(1);
}

int
main(int argc, char **argv)
{
	int fd, n;

	if (argc != 4) {
		fputs("usage: xaccel SOCKET PROCESSES PATH\n", stderr);
		return 2;
	}
	n = (int)strtol(argv[2], NULL, 10);
	umask(0); /* nginx' workers are other users */
	if (FCGX_Init() != 0 || (fd = FCGX_OpenSocket(argv[1], 512)) == -1)
		return 1;
	while (n-- > 0) {
		if (fork() == 0)
			serve(fd, argv[3]);
	}
	/* One that dies is missed by the one who measures: end with it. */
	wait(NULL);
	return 1;
}
