import SuperBase
import SuperConfig
import Testing

/// A program with two processes in the file.
private let pool = FakeFiles(
    "[supervisord]\n[program:web]\ncommand=x %(numprocs)s\nnumprocs=2\nprocess_name=p%(process_num)d\n"
        + "[program:one]\ncommand=x\n")

/// The names of the processes of a program.
private func names(_ result: LoadResult, _ program: String = "web") -> [String]? {
    result.configuration.map { $0.groups.flatMap(\.processes).filter { $0.program == program }.map(\.name.process) }
}

@Test func theFilesTellHowManyProcessesThereAre() {
    #expect(pool.load().configuration?.counts == ["web": 2, "one": 1])
}

@Test func aScaleWinsOverTheFile() {
    var fake = pool
    fake.scales = ["web": 3, "other": 7]
    let result = fake.load()
    #expect(names(result) == ["p0", "p1", "p2"])
    #expect(result.configuration?.groups.last?.processes.first?.command == "x 3")
    #expect(result.configuration?.counts == ["web": 2, "one": 1])
    fake.scales = ["web": 0]
    #expect(names(fake.load()) == [])
}

@Test func aScaleIsBoundLikeTheOption() {
    var fake = pool
    fake.scales = ["web": 10_001]
    #expect(fake.load().errors.map(\.option) == ["numprocs"])
    fake.scales = ["one": 2]
    #expect(fake.load().errors.map(\.kind) == ["program.process_name_needs_process_num"])
}

@Test func aScaleIsOfTheProgramInWhateverGroup() {
    var fake = FakeFiles(
        "[supervisord]\n[group:g]\nprograms=f\n[fcgi-program:f]\ncommand=x\nsocket=tcp://h:1\nprocess_name=p%(process_num)d\n"
    )
    fake.scales = ["f": 2]
    #expect(names(fake.load(), "f") == ["p0", "p1"])
}

@Test func asManyProcessesAsProcessors() {
    var fake = FakeFiles("[supervisord]\n[program:web]\ncommand=x\nnumprocs=auto\nprocess_name=p%(process_num)d\n")
    fake.processors = 3
    #expect(names(fake.load()) == ["p0", "p1", "p2"])
    #expect(fake.load().configuration?.counts == ["web": 3])
    fake.isOffline = true
    #expect(names(fake.load())?.count == 3)
}

@Test func asManyProcessesAsProcessorsNeedNamesOnASmallMachineToo() {
    #expect(loadProgram("numprocs=auto").errors.map(\.kind) == ["program.process_name_needs_process_num"])
    #expect(loadProgram("numprocs=atuo").errors.first?.hint == "did you mean auto?")
}
