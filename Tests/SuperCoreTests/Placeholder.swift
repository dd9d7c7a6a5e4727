import SuperBase
import Testing
