# Ours: CR3, two-way fixed effects on an unbalanced weighted panel, slopes within comparison areas.
# Run from tests/reference: Rscript r/own_07_did.R; reads data/hoods*.csv and data/own_07_sections.csv.
suppressPackageStartupMessages({library(sandwich); library(clubSandwich); library(jsonlite); library(quadprog)})
# clubSandwich refuses CR3 where clusters have their own constants (I - H_gg is singular); hence only for two by two
# weights are inverse variances: rows times the root of their weight, then as without weights. Of the roots that make
# CR2 unbiased this is the symmetric one of the scaled rows; lm(weights = w) with target = 1 / w takes another (0.3% here)
one <- function(m, cluster, term, with_cr3 = FALSE) {
  if (!is.null(m$weights)) { r <- sqrt(m$weights); X <- model.matrix(m); s <- X * r; y <- model.response(model.frame(m)) * r; m <- lm(y ~ 0 + s); names(m$coefficients) <- colnames(X); term0 <- term
    t <- function(type) { k <- coef_test(m, vcov = type, cluster = cluster); i <- which(colnames(X) == term0); list(se = k$SE[i], df = k$df[i], p = k$p_Satt[i]) }
    V <- vcovCL(lm(y ~ 0 + s), cluster = cluster, type = "HC1"); i <- which(colnames(X) == term0)
    return(list(est = unname(coef(m)[i]), cr1 = sqrt(V[i, i]), cr2 = t("CR2"))) }
  test <- function(type) { t <- coef_test(m, vcov = type, cluster = cluster); i <- which(rownames(t) == term); list(se = t$SE[i], df = t$df[i], p = t$p_Satt[i]) }
  list(est = unname(coef(m)[term]), cr1 = sqrt(vcovCL(m, cluster = cluster, type = "HC1")[term, term]), cr2 = test("CR2"), cr3 = if (with_cr3) test("CR3"))
}
hoods <- function(name) { d <- read.csv(paste0("data/", name)); one(lm(y ~ pilot + post + pilot:post + x, d), d$hood, "pilot:post", TRUE) }
# unbalanced: every seventh row is gone; weights; units are hoods
d <- read.csv("data/own_07_sections.csv"); u <- d[seq_len(nrow(d)) %% 7 != 0, ]; u$effect <- u$pilot * u$post
two_way <- one(lm(y ~ effect + x + factor(wave) + factor(hood), u, weights = w), u$hood, "effect")
plain <- one(lm(y ~ effect + x + factor(wave) + factor(hood), u), u$hood, "effect")
s <- d[d$wave == 3, ]; slopes <- coef(lm(y ~ x + z + factor(hood), s[s$pilot == 0, ], weights = w))[c("x", "z")]
# weights of hoods 5-8 (means per wave) that resemble hood 1, at least 0 and summing to 1, with ridge
h <- read.csv("data/hoods8.csv"); means <- with(h, tapply(y, list(wave, hood), mean)); A <- means[, 5:8]; b <- means[, 1]
simplex <- function(ridge) solve.QP(crossprod(A) + ridge * diag(4), crossprod(A, b), cbind(1, diag(4)), c(1, 0, 0, 0, 0), meq = 1)$solution
write_json(list(topic = "own_07_did", r = R.version.string, packages = list(sandwich = as.character(packageVersion("sandwich")), clubSandwich = as.character(packageVersion("clubSandwich"))),
  data = c("hoods8.csv", "hoods6.csv", "hoods4.csv", "own_07_sections.csv"),
  values = list(G8 = hoods("hoods8.csv"), G6 = hoods("hoods6.csv"), G4 = hoods("hoods4.csv"), two_way_weighted = two_way, two_way = plain, slopes_wave_3 = as.list(slopes), simplex = list(ridge_0.1 = simplex(0.1), ridge_5 = simplex(5)))),
  "data/own_07_did.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
