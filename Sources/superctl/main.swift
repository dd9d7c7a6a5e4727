import Glibc

exit(Superctl.run(Array(CommandLine.arguments.dropFirst())))
