import SuperBase
