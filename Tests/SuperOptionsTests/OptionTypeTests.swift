import SuperBase
import Testing

@testable import SuperOptions

/// What a type makes of a text; nil where it is refused.
private func parse<Value>(_ type: OptionType<Value>, _ text: String) -> Value? { try? type.parse(text, anywhere) }

@Test func integersAreWrittenAsInPython() {
    for (text, value) in [("5", 5), ("-5", -5), ("+5", 5), (" 5\n", 5), ("1_000", 1000), ("007", 7), ("0", 0)] {
        #expect(parse(.integer(), text) == value, "\(text)")
    }
    for text in ["", " ", "1.5", "0x10", "1__0", "_1", "1_", "- 5", "five", "1e3", "٣", "99999999999999999999"] {
        #expect(parse(.integer(), text) == nil, "\(text)")
    }
}

@Test func aNumberOutsideItsRangeIsRefusedWithTheRange() {
    #expect(throws: ValueError("\"101\" is not an integer from 0 to 100")) {
        try OptionType<Int>.integer(0...100).parse("101", anywhere)
    }
}

@Test func booleansAreEightWordsInAnyCase() {
    for text in ["yes", "true", "on", "1", "TRUE", "Yes"] { #expect(parse(.boolean, text) == true, "\(text)") }
    for text in ["no", "false", "off", "0", "OFF"] { #expect(parse(.boolean, text) == false, "\(text)") }
    for text in ["y", "t", "2", "", "maybe", "n"] { #expect(parse(.boolean, text) == nil, "\(text)") }
}

@Test func restartRulesAreTheBooleansAndUnexpected() {
    #expect(parse(.autoRestart, "true") == .always)
    #expect(parse(.autoRestart, "0") == .never)
    #expect(parse(.autoRestart, "Unexpected") == .unexpected)
    #expect(throws: ValueError("\"always\" is not true, false or unexpected", hint: "write true")) {
        try OptionType<AutoRestart>.autoRestart.parse("always", anywhere)
    }
}

@Test func sizesHaveBinaryUnits() {
    for (text, bytes) in [
        ("0", 0), ("4096", 4096), ("10kb", 10240), ("1 MB", 1 << 20), ("2GB", 2 << 30), ("-1", -1), ("1_0KB", 10240),
    ] {
        #expect(parse(.size, text)?.bytes == bytes, "\(text)")
    }
    for text in ["", "1M", "K", "1.5MB", "TB", "1TB", "KB", "9223372036854775807KB"] {
        #expect(parse(.size, text) == nil, "\(text)")
    }
    #expect(
        throws: ValueError(
            "\"1M\" is not a number of bytes, with KB, MB or GB after it if wanted", hint: "did you mean 1MB?")
    ) { try OptionType<ByteSize>.size.parse("1M", anywhere) }
}

@Test func exitCodesAreAListFrom0To255() {
    #expect(parse(.exitCodes, "") == [])
    #expect(parse(.exitCodes, "0, 2,77") == [0, 2, 77])
    for text in ["0,", "256", "-1", "a", "0 1", ",", " "] { #expect(parse(.exitCodes, text) == nil, "\(text)") }
}

@Test func signalsHaveNamesAndNumbers() {
    for (text, number) in [
        ("TERM", 15), ("sigint", 2), ("9", 9), ("0", 0), ("Quit", 3), ("RTMIN", 34), ("SIGUSR1", 10),
    ] {
        #expect(parse(.signal, text)?.rawValue == Int32(number), "\(text)")
    }
    for text in ["", "FOO", "RTMIN+1", "99", "-1", "32", "SIG"] { #expect(parse(.signal, text) == nil, "\(text)") }
}

@Test func octalNumbersMayHaveAPrefix() {
    for (text, value) in [("022", 0o22), ("22", 0o22), ("0o22", 0o22), ("0_2", 2), ("7777", 0o7777)] {
        #expect(parse(.octal, text) == UInt32(value), "\(text)")
    }
    for text in ["", "8", "-1", "0o", "0x7", "rw"] { #expect(parse(.octal, text) == nil, "\(text)") }
}

@Test func durationsHaveUnits() {
    let durations: [(String, Duration)] = [
        ("0", .zero), ("5", .seconds(5)), ("0.5", .milliseconds(500)), ("500ms", .milliseconds(500)),
        ("5s", .seconds(5)),
        ("2m", .seconds(120)), ("1h", .seconds(3600)), ("1.5 m", .seconds(90)), ("0.000000001s", .nanoseconds(1)),
    ]
    for (text, duration) in durations { #expect(parse(.duration, text) == duration, "\(text)") }
    for text in ["", "s", "-1", "1.", ".5", "1d", "1e3", "5 5", "99999999999", "1_0", "0.0000000001"] {
        #expect(parse(.duration, text) == nil, "\(text)")
    }
    for (_, duration) in durations { #expect(parse(.duration, duration.text) == duration, "\(duration.text)") }
}

@Test func ownersAreAUserAndPerhapsAGroup() {
    #expect(parse(.owner, "web") == Owner(user: "web"))
    #expect(parse(.owner, "web:adm") == Owner(user: "web", group: "adm"))
    for text in ["", ":", "web:", ":adm"] { #expect(parse(.owner, text) == nil, "\(text)") }
}

@Test func addressesHaveAPortAndPerhapsAHost() {
    for (text, host, port) in [
        ("9001", "", 9001), (":9001", "", 9001), ("*:9001", "", 9001), ("LocalHost:80", "localhost", 80),
        ("1.2.3.4:65535", "1.2.3.4", 65535),
    ] {
        #expect(parse(.inetAddress, text) == InetAddress(host: host, port: UInt16(port)), "\(text)")
    }
    for text in ["", "0", "65536", "host:", "x", "host", "-1", "a:b"] {
        #expect(parse(.inetAddress, text) == nil, "\(text)")
    }
}

@Test func socketsAreTCPOrAnAbsolutePath() {
    #expect(parse(.socket, "tcp://LocalHost:80") == .inet(InetAddress(host: "localhost", port: 80)))
    #expect(parse(.socket, "unix:///a/../b") == .unix(path: "/b"))
    for text in [
        "", "tcp://x", "tcp://x:0", "tcp://x:65536", "tcp://:80", "tcp://a b:80", "tcp://x:+80", "tcp://x:80:",
        "unix://rel",
        "http://x:80",
    ] { #expect(parse(.socket, text) == nil, "\(text)") }
}

@Test func pathsAreNormalised() {
    for (path, expected) in [
        ("a", "/here/a"), ("", "/here"), ("~", "/home/me"), ("~/x", "/home/me/x"), ("~you/x", "/here/~you/x"),
        ("/a/../b//c/./d/", "/b/c/d"), ("/..", "/"), ("//x", "//x"), ("///x", "/x"),
    ] { #expect(anywhere.normalized(path) == expected, "\(path)") }
}

@Test func eventTypesAreKnownInAnyCase() {
    #expect(parse(.events, "process_state, TICK_5,tick_5") == ["PROCESS_STATE", "TICK_5"])
    #expect(parse(.events, "") == [])
    #expect(parse(.events, "NOPE") == nil)
    #expect(parse(.events, "TICK_5,") == nil)
}

@Test func valuesOfTOMLsOwnTypesAreTaken() throws {
    #expect(try OptionType<Bool>.boolean.read(.boolean(true), anywhere))
    #expect(try OptionType<ByteSize>.size.read(.integer(7), anywhere) == ByteSize(bytes: 7))
    #expect(try OptionType<[Int32]>.exitCodes.read(.list([.integer(0), .integer(2)]), anywhere) == [0, 2])
    #expect(try OptionType<Int>.integer().read(.text("3"), anywhere) == 3)
    let table = OptionValue.map([.init("A", .text("x y")), .init("B", .integer(1))])
    #expect(
        try OptionType<[EnvironmentVariable]>.environment.read(table, anywhere)
            == [EnvironmentVariable("A", "x y"), EnvironmentVariable("B", "1")])
    #expect(try OptionType<[String]>.names("n", expected: "n").read(.list([.text("a,b")]), anywhere) == ["a,b"])
}

@Test func aValueOfTheWrongTOMLTypeIsRefused() {
    #expect(throws: ValueError.self) { try OptionType<Int>.integer().read(.map([]), anywhere) }
    #expect(throws: ValueError.self) { try OptionType<Bool>.boolean.read(.list([.text("x")]), anywhere) }
    #expect(throws: ValueError.self) {
        try OptionType<[EnvironmentVariable]>.environment.read(.map([.init("A", .list([]))]), anywhere)
    }
}

@Test func anOctalValueIsNeverTakenFromADecimalNumber() {
    #expect(
        throws: ValueError("an integer is not an octal number such as 022", hint: "write it in quotes, such as \"022\"")
    ) {
        try OptionType<UInt32>.octal.read(.integer(22), anywhere)
    }
}
