import SuperOS

CurrentProcess.exitAtOnce(Superctl.run(Array(CommandLine.arguments.dropFirst())))
