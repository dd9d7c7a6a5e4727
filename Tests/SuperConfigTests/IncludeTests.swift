import SuperBase
import SuperConfig
import Testing

/// Files next to the main one, which includes them by this pattern.
private func including(_ pattern: String, _ files: [String: String]) -> FakeFiles {
    var fake = FakeFiles("[supervisord]\n[include]\nfiles=\(pattern)\n[program:a]\ncommand=/bin/a %(here)s\n")
    for (path, text) in files { fake.files[path] = Array(text.utf8) }
    return fake
}

@Test func patternsAreReadInTheirOrderAndFilesInTheOrderOfTheirNames() {
    let fake = including(
        "z/*.conf a/*.conf /abs/x.conf",
        [
            "/base/here/a/1.conf": "[program:a]\npriority=3\n", "/base/here/z/2.conf": "[program:a]\npriority=2\n",
            "/base/here/z/1.conf": "[program:a]\npriority=1\n", "/abs/x.conf": "[program:b]\ncommand=%(here)s/b\n",
        ])
    let result = fake.load()
    #expect(result.diagnostics == [])
    #expect(
        result.files == [
            "/base/here/main.conf", "/base/here/z/1.conf", "/base/here/z/2.conf", "/base/here/a/1.conf", "/abs/x.conf",
        ])
    let groups = result.configuration?.groups ?? []
    #expect(groups.map(\.priority) == [3, 999])
    #expect(groups.map { $0.processes.first?.command } == ["/bin/a /base/here", "/abs/b"])
}

@Test func anErrorOfAnIncludedFileNamesThatFile() {
    let fake = including("*.ini", ["/base/here/x.ini": "[program:b]\ncommand=x\nautostart=maybe\n"])
    #expect(fake.load().errors.map { $0.location?.description } == ["/base/here/x.ini:3"])
}

@Test func brokenLinesOfAllFilesAreReportedAndNothingElse() {
    let fake = including(
        "*.ini", ["/base/here/x.ini": "[program:b]\nbroken\n", "/base/here/y.ini": "no=header\n"])
    #expect(fake.load().errors.map(\.kind) == ["parse.syntax", "parse.missing_section_header"])
}

@Test func anIncludeInsideAnIncludedFileIsIgnoredWithAWarning() {
    let fake = including("*.ini", ["/base/here/x.ini": "[include]\nfiles=/y.ini\n", "/y.ini": "[program:y]\n"])
    #expect(fake.load().warnings.map(\.kind) == ["include.nested"])
    #expect(fake.load().files.count == 2)
}

@Test func aFileThatCannotBeReadIsAnError() {
    var source = including("x.ini", [:]).source
    source.glob = { _ in ["/base/here/x.ini"] }
    let result = ConfigurationLoader(source: source).load("/base/here/main.conf")
    #expect(result.errors.map(\.kind) == ["include.unreadable"])
}

@Test func aDirectoryIsPassedOver() {
    let fake = including("*", ["/base/here/x.ini": ""])
    var source = fake.source
    let read = source.read
    source.read = { path throws(FileReadError) in
        if path.hasSuffix("x.ini") { throw .isDirectory }
        return try read(path)
    }
    source.glob = { _ in ["/base/here/x.ini"] }
    let result = ConfigurationLoader(source: source).load("/base/here/main.conf")
    #expect(result.errors == [])
    #expect(result.warnings.map(\.kind) == ["include.directory"])
}

@Test func theSectionOfSuperdMayComeFromAnIncludedFileAndThatOfSuperctlNot() {
    var fake = FakeFiles("[include]\nfiles=x.ini\n")
    fake.files["/base/here/x.ini"] = Array("[supervisord]\n[supervisorctl]\nprompt=p\n".utf8)
    #expect(fake.load().errors == [])
    #expect(fake.load().configuration?.client == nil)
}
