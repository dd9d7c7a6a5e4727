/// What this build of superd is.
public enum Release {
    /// By semantic versioning.
    public static let version = "1.0.0"
}
