# Values for rao_scott_fit and rake_columns with svyrep designs. Needs R package survey (Debian: r-cran-survey).
# Run from tests/reference: Rscript r/own_02_fit.R; reads data/api*.csv and their replicate weights, writes data/own_02_fit.json
suppressPackageStartupMessages({library(survey); library(jsonlite)})
d <- read.csv("data/apiclus1.csv"); s <- read.csv("data/apistrat.csv")
# cells named in alphabetical order: svygofchisq (survey 4.1) pairs probabilities with sorted names
four <- function(d) letters[1 + 2 * (d$meals > 50) + (d$awards == "Yes")]; d$cell <- four(d); s$cell <- four(s)
designs <- list(clustered = svydesign(id = ~dnum, weights = ~pw, data = d), stratified = svydesign(id = ~1, strata = ~stype, weights = ~pw, data = s))
# svygofchisq linearises at the observed shares, ours at the null: where the two coincide the corrections must agree
fit <- function(x) { shares <- as.vector(svymean(~awards, x)); own <- suppressWarnings(svygofchisq(~awards, p = shares, design = x)); other <- svygofchisq(~awards, p = c(.4, .6), design = x)
  wide <- as.vector(svymean(~cell, x)); big <- suppressWarnings(svygofchisq(~cell, p = wide, design = x))
  list(shares = shares, lambda = own$lambda, statistic = unname(other$statistic), total = sum(weights(x)), n = nrow(x), wide = wide, wide_lambda = big$lambda, wide_df = unname(big$parameter["df"])) }
pops <- list(data.frame(stype = c("E", "H", "M"), Freq = c(4421, 755, 1018)), data.frame(sch.wide = c("No", "Yes"), Freq = c(1072, 5122)))
W <- as.matrix(read.csv("data/apiclus1_jk1_w.csv"))
rep <- svrepdesign(weights = d$pw, repweights = W, type = "JK1", scale = (ncol(W) - 1) / ncol(W), combined.weights = TRUE, data = d)
raked <- rake(rep, list(~stype, ~sch.wide), pops, control = list(maxit = 500, epsilon = 1e-12))
m <- svymean(~api00 + enroll, raked)
jack <- list(est = as.list(coef(m)), se = as.list(setNames(as.vector(SE(m)), names(coef(m)))), weights = unname(weights(raked, "analysis")[, 3]))
raked_mse <- raked; raked_mse$mse <- TRUE; jack$se_mse_api00 <- as.vector(SE(svymean(~api00, raked_mse)))
write_json(list(topic = "own_02_fit", r = R.version.string, packages = list(survey = as.character(packageVersion("survey"))), values = list(fit = lapply(designs, fit), raked_jackknife = jack)), "data/own_02_fit.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
