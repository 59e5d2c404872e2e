# Values for claim_power and detectable: power.t.test of two groups of areas. Needs r-cran-jsonlite.
# Run from tests/reference: Rscript r/own_09_power.R; writes data/own_09_power.json
suppressPackageStartupMessages(library(jsonlite))
cases <- list(c(4, 2, 1.3, 0.05), c(4, 2, 1.3, 2 / 70), c(5, 0.3, 0.2, 0.1), c(12, 1, 1.5, 0.05), c(4, 100, 150, 2 / 70))
one <- function(k) { f <- function(...) power.t.test(n = k[1], sd = k[3], sig.level = k[4], type = "two.sample", alternative = "two.sided", ...)
  list(n = k[1], delta = k[2], sd = k[3], level = k[4], power = f(delta = k[2])$power, detectable = f(power = 0.8, tol = 1e-12)$delta) }
write_json(list(topic = "own_09_power", r = R.version.string, values = lapply(cases, one)), "data/own_09_power.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
