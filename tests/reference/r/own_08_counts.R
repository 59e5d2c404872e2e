# Quasi-Poisson with Newey-West errors, and the AR(1) likelihoods at a given phi: what topic 08 left out.
# Run from tests/reference: Rscript r/own_08_counts.R
suppressPackageStartupMessages({library(sandwich); library(jsonlite)})
d <- read.csv("data/seatbelts.csv")
f <- DriversKilled ~ t + law + after + sin(2*pi*t/12) + cos(2*pi*t/12) + sin(4*pi*t/12) + cos(4*pi*t/12) + offset(log(kms))
m <- glm(f, family = quasipoisson, data = d, control = glm.control(epsilon = 1e-14, maxit = 100))
nw <- function(...) as.list(sqrt(diag(NeweyWest(m, prewhite = FALSE, ...))))
put <- list(
  coef = as.list(coef(m)), se = as.list(summary(m)$coefficients[, 2]), dispersion = summary(m)$dispersion,
  nw12 = nw(lag = 12, adjust = TRUE), nw_auto = nw(adjust = TRUE), bandwidth = bwNeweyWest(m, prewhite = FALSE)
)
write_json(list(topic = "own_08_counts", r = R.version.string, values = put),
  "data/own_08_counts.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
