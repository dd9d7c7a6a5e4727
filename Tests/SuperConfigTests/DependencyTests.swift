import SuperBase
import SuperConfig
import Testing

/// The result of loading programs by their names and further lines, and further sections.
private func load(_ programs: KeyValuePairs<String, String>, _ more: String = "") -> LoadResult {
    let sections = programs.map { "[program:\($0.key)]\ncommand=x\n\($0.value)\n" }.joined()
    return load("[supervisord]\n" + sections + more)
}

@Test func programsGroupsAndProcessesCanBeDependedOn() {
    let result = load(
        [
            "app": "depends_on=db,site=started,site:api", "db": "", "api": "", "none": "numprocs=0",
            "on": "depends_on=none",
        ],
        "[group:site]\nprograms=api\n")
    #expect(result.diagnostics == [])
    let app = result.configuration?.groups.flatMap(\.processes).first { $0.program == "app" }
    #expect(app?.dependencies == [Dependency("db"), Dependency("site", .started), Dependency("site:api")])
}

@Test func eachProcessMayDependOnAnother() {
    let lines = "numprocs=2\nprocess_name=p%(process_num)d\ndepends_on="
    let result = load(["a": lines + "b:p%(process_num)d", "b": "numprocs=2\nprocess_name=p%(process_num)d"])
    #expect(result.diagnostics == [])
    let dependencies = result.configuration?.groups.first?.processes.flatMap(\.dependencies)
    #expect(dependencies == [Dependency("b:p0"), Dependency("b:p1")])
}

@Test func aNameThatIsNotThereIsAnErrorWithAHint() {
    let errors = load(["app": "depends_on=databse,database:x", "database": ""]).errors
    #expect(errors.map(\.kind) == ["depends_on.unknown", "depends_on.unknown"])
    #expect(errors.map(\.message) == ["there is no program or group 'databse'", "there is no process 'database:x'"])
    #expect(errors.first?.hint == "did you mean database?")
    #expect(errors.map { $0.location?.line } == [4, 4])
}

@Test func aNameIsLookedForAmongProgramsWithErrorsToo() {
    let errors = load(["app": "depends_on=db,db:db,dd", "db": "autostart=perhaps"]).errors
    #expect(errors.map(\.kind) == ["value.invalid", "depends_on.unknown"])
    #expect(errors.last?.details.first == .init("name", .text("dd")))
}

@Test func whatNeverCanBeIsNotWaitedFor() {
    let service = load(["app": "depends_on=db=completed", "db": ""]).errors
    #expect(service.map(\.kind) == ["depends_on.never_completed"])
    #expect(service.first?.hint == "write type=oneshot in its section, or db=ready here")
    #expect(load(["app": "depends_on=db=completed", "db": "type=oneshot"]).diagnostics == [])
    let unwatched = load(["app": "depends_on=db=healthy", "db": ""]).errors
    #expect(unwatched.map(\.kind) == ["depends_on.never_healthy"])
    #expect(load(["app": "depends_on=db=healthy", "db": "health=heartbeat"]).diagnostics == [])
}

@Test(
    arguments: [
        (["app": "depends_on=db", "db": "depends_on=app"], "", "app → db → app"),
        (["app": "depends_on=app"], "", "app → app"),
        (["x": "depends_on=a", "a": "depends_on=b", "b": "depends_on=c", "c": "depends_on=a"], "", "a → b → c → a"),
        (["app": "depends_on=site", "db": "depends_on=app"], "[group:site]\nprograms=db\n", "db → app → site → db"),
        (["app": "depends_on=site"], "[group:site]\nprograms=app\n", "app → site → app"),
        (
            ["app": "numprocs=3\nprocess_name=p%(process_num)d\ndepends_on=db", "db": "depends_on=app"], "",
            "app → db → app"
        ),
        (["a": "numprocs=2\nprocess_name=p%(process_num)d\ndepends_on=a:p0"], "", "a:p0 → a:p0"),
    ] as [(KeyValuePairs<String, String>, String, String)])
func whoWaitsForHimselfIsOneErrorThatShowsTheCycle(
    _ programs: KeyValuePairs<String, String>, _ more: String, _ cycle: String
) {
    let errors = load(programs, more).errors
    #expect(errors.map(\.kind) == ["depends_on.cycle"])
    #expect(errors.first?.message == "they wait for each other: \(cycle)")
    #expect(errors.first?.option == "depends_on")
}

@Test func manyWaysToOneProgramAreNoCycle() {
    let result = load(["a": "depends_on=b,c", "b": "depends_on=d", "c": "depends_on=d", "d": ""])
    #expect(result.diagnostics == [])
}

@Test func twoCyclesAreTwoErrors() {
    let errors = load(["a": "depends_on=b", "b": "depends_on=a", "c": "depends_on=d", "d": "depends_on=c"]).errors
    #expect(errors.map(\.section) == ["program:a", "program:c"])
}
