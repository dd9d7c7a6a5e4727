import SuperBase
import Testing

@testable import SuperAPI

/// The list of endpoints checked against itself.
@Suite struct ControlAPITests {
    @Test func noMethodAndPathIsGivenTwice() {
        let keys = ControlAPI.endpoints.map { "\($0.method.rawValue) \($0.path)" }
        #expect(Set(keys).count == keys.count)
    }

    @Test func everyCallIsInTheListOnceAndLeadsBackToItsEndpoint() {
        let calls = ControlAPI.endpoints.map { type in name(of: type.example.call) }
        let types = ControlAPI.endpoints.map { $0.operationName }
        #expect(calls == types)
        #expect(Set(calls).count == calls.count)
    }

    /// The case's name.
    private func name(of call: ControlCall) -> String {
        Mirror(reflecting: call).children.first?.label ?? ""
    }

    @Test(arguments: ControlAPI.endpoints.indices)
    func everyExampleSurvivesTheWire(index: Int) throws {
        let example = ControlAPI.endpoints[index].example
        let request = try example.encoded()
        let read = try ControlAPI.read(
            method: request.method.rawValue, target: request.target, body: request.body ?? [])
        #expect(read == example.call)
    }

    @Test(arguments: ControlAPI.endpoints.indices)
    func everyFieldOfARequestIsDeclaredAndShownInItsExample(index: Int) throws {
        let endpoint = ControlAPI.endpoints[index]
        try expectFieldsMatch(endpoint.example, endpoint.fields)
    }

    @Test func everyFieldOfAnAnswerIsDeclaredAndShownInItsExample() throws {
        for type in ControlAPI.documentedTypes() { try expectFieldsMatch(type.example, type.fields) }
    }

    @Test func everyAnswersExampleSurvivesTheWire() throws {
        func expectSurvives<T: Documented>(_ type: T.Type) throws {
            let text = try JSON.encode(T.example)
            #expect(try JSON.encode(JSON.decode(T.self, from: text)) == text)
        }
        for type in ControlAPI.documentedTypes() { try expectSurvives(type) }
    }

    private func expectFieldsMatch(_ example: some Documented, _ fields: [Field]) throws {
        guard case .map(let entries) = try JSON.value(of: example) else {
            Issue.record("\(type(of: example)) is no object")
            return
        }
        #expect(Set(entries.map(\.key)) == Set(fields.map(\.name)), "\(type(of: example))")
        for field in fields {
            guard let value = entries.first(where: { $0.key == field.name })?.value else { continue }
            #expect(field.type.accepts(value), "\(type(of: example)).\(field.name)")
            #expect(!field.summary.hasSuffix("."), "\(type(of: example)).\(field.name)")
        }
    }

    @Test(arguments: ControlAPI.endpoints.indices)
    func everyParameterOfAPathIsAField(index: Int) {
        let endpoint = ControlAPI.endpoints[index]
        for name in endpoint.path.split(separator: "/").compactMap({ parameterName($0) }) {
            #expect(endpoint.fields.contains { $0.name == name })
        }
    }
}

/// What the server makes of requests.
@Suite struct RoutingTests {
    private func read(_ method: String, _ target: String, _ body: String = "") throws(Problem) -> ControlCall {
        try ControlAPI.read(method: method, target: target, body: Array(body.utf8))
    }

    private func problem(_ method: String, _ target: String, _ body: String = "") -> Problem? {
        do {
            _ = try read(method, target, body)
            return nil
        } catch {
            return error
        }
    }

    @Test func whatIsLeftOutHasItsDefault() throws {
        #expect(
            try read("POST", "/v1/processes/start", #"{"select": ["a"]}"#)
                == .startProcesses(StartProcesses(["a"], wait: true, timeout: nil)))
        #expect(try read("GET", "/v1/processes") == .listProcesses(ListProcesses()))
        #expect(try read("GET", "/v1/processes/a:b/log") == .readLog(ReadLog(name: "a:b")))
        #expect(try read("POST", "/v1/config/update") == .updateConfiguration(UpdateConfiguration()))
        #expect(
            try read("POST", "/v1/programs/web/scale") == .scaleProgram(ScaleProgram(program: "web", count: nil)))
        #expect(
            try read("POST", "/v1/processes/roll", #"{"select": ["a"]}"#) == .rollProcesses(RollProcesses(["a"])))
    }

    @Test func nullIsAsGoodAsLeftOut() throws {
        #expect(
            try read("POST", "/v1/processes/stop", #"{"select": ["a"], "timeout": null, "wait": null}"#)
                == .stopProcesses(StopProcesses(["a"])))
    }

    @Test func namesWithOddCharactersTravelInPathsAndQueries() throws {
        for name in ["grp:a b", "ü:%", "a+b", "x?y=z&", "[*]"] {
            let request = try ShowProcess(name: name).encoded()
            #expect(try read("GET", request.target) == .showProcess(ShowProcess(name: name)))
            let list = try ListProcesses([name, "all"]).encoded()
            #expect(try read("GET", list.target) == .listProcesses(ListProcesses([name, "all"])))
        }
    }

    @Test func aStreamIsResumedByTheHeaderOrTheField() throws {
        let byHeader = try ControlAPI.read(method: "GET", target: "/v1/events", body: [], lastEventID: "7")
        #expect(byHeader == .followEvents(FollowEvents(after: "7")))
        let byField = try ControlAPI.read(method: "GET", target: "/v1/events?after=9", body: [], lastEventID: "7")
        #expect(byField == .followEvents(FollowEvents(after: "9")))
    }

    @Test(arguments: [
        ("GET", "/nothing", "", 404, "there is no /nothing"),
        ("GET", "/v1/processes/", "", 404, "there is no /v1/processes/"),
        ("GET", "/v1/processes/a/b/c/d", "", 404, "there is no /v1/processes/a/b/c/d"),
        ("DELETE", "/v1/processes", "", 405, "/v1/processes knows GET"),
        ("POST", "/v1/processes/start", "", 400, "select is missing: a list of strings"),
        ("POST", "/v1/processes/start", "[1]", 400, "the body is not a JSON object"),
        ("POST", "/v1/processes/start", #"{"select": "web"}"#, 400, "select: expected a list of strings"),
        ("POST", "/v1/processes/start", #"{"select": ["a"], "timeout": 1.5}"#, 400, nil),
        ("POST", "/v1/processes/start", #"{"select": ["a"], "timeout": "1"}"#, 400, "timeout: expected a whole number"),
        (
            "POST", "/v1/processes/start", #"{"select": ["a"], "wiat": true}"#, 400,
            "unknown field 'wiat'; known are select, wait, timeout"
        ),
        (
            "POST", "/v1/processes/roll", #"{"select": ["a"], "batch": 0}"#, 400,
            "batch: expected a whole number from 1 to 10000"
        ),
        (
            "POST", "/v1/processes/roll", #"{"select": ["a"], "verify": -1}"#, 400,
            "verify: expected a whole number from 0 to 86400"
        ),
        (
            "POST", "/v1/programs/web/scale", #"{"count": 10001}"#, 400,
            "count: expected a whole number from 0 to 10000"
        ),
        ("POST", "/v1/programs/web/scale", #"{"count": -1}"#, 400, "count: expected a whole number from 0 to 10000"),
        ("POST", "/v1/processes/start?wait=false", "{}", 400, "fields of a POST belong into the body"),
        ("POST", "/v1/daemon/reload", #"{"x": 1}"#, 400, "unknown field 'x'; there are none"),
        ("POST", "/v1/processes/a/stdin", #"{"name": "b", "text": ""}"#, 400, "name is given twice"),
        ("GET", "/v1/processes/a/log?offset=x", "", 400, "offset: expected a whole number, not 'x'"),
        ("GET", "/v1/processes/a/log?offset=1&offset=2", "", 400, "offset: expected a whole number, not '1, 2'"),
        ("GET", "/v1/processes/a/log?stream=stdfoo", "", 400, "stream: expected one of stdout, stderr, not 'stdfoo'"),
        ("GET", "/v1/processes?select=%zz", "", 400, "broken escape in 'select=%zz'"),
        ("GET", "/v1/processes?select=%ff", "", 400, "broken escape in 'select=%ff'"),
    ])
    func whatCannotBeReadIsAProblem(method: String, target: String, body: String, status: Int, detail: String?) {
        let problem = problem(method, target, body)
        #expect(problem?.status == status)
        if let detail { #expect(problem?.detail == detail) }
    }

    @Test func garbageBodiesAreProblems() {
        for body in ["{", "\u{0}", "nul", #"{"select":["#, String(repeating: "[", count: 100_000), #"{"a":1e999}"#] {
            #expect(problem("POST", "/v1/processes/start", body)?.status == 400)
        }
    }

    @Test func thePathsMethodsAreKnownForTheHeaderAllow() {
        #expect(Set(ControlAPI.methods(of: "/v1/groups/web?x")) == [.get, .put, .delete])
        #expect(ControlAPI.methods(of: "/nothing").isEmpty)
    }
}
