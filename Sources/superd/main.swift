import SuperDaemon
import SuperOS

CurrentProcess.exitAtOnce(DaemonProgram.run(CommandLine.arguments))
