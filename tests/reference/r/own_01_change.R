# Values for design_change, lonely clusters and domains after raking. Needs R package survey (Debian: r-cran-survey).
# Run from tests/reference: Rscript r/own_01_change.R; reads data/hoods8.csv, writes data/own_01_change.{json,csv}
suppressPackageStartupMessages({library(survey); library(jsonlite)})
d <- read.csv("data/hoods8.csv"); d <- d[d$wave %in% c(1, 4) & d$i <= 30, c("i", "wave", "hood", "y", "x")]
d$household <- (d$i + ifelse(d$wave == 4, 10, 0) + 1) %/% 2        # two per household; two thirds answer in both waves
d$sex <- ifelse(d$x > 0, "v", "m"); d$w <- 1 + (d$i %% 5) / 2
lonely <- d$hood == 8; d$household[lonely] <- 1                     # hood 8: one cluster only
d$grp <- paste0(d$wave, d$sex); d$cell <- paste0(d$wave, "|", d$hood)
write.csv(d, "data/own_01_change.csv", row.names = FALSE)
fit <- function(d, lonely.rule = "fail") { options(survey.lonely.psu = lonely.rule)
  s <- svydesign(id = ~household, strata = ~hood, weights = ~w, data = d, nest = TRUE)
  s <- update(s, n4 = as.numeric(wave == 4), n1 = as.numeric(wave == 1), y4 = y * (wave == 4), y1 = y * (wave == 1))
  change <- function(s) { k <- svycontrast(svytotal(~y4 + n4 + y1 + n1, s), quote(y4 / n4 - y1 / n1)); list(est = unname(coef(k)), se = unname(as.vector(SE(k))[1])) }
  f <- function(v) { t <- table(v); data.frame(v = names(t), Freq = as.vector(t) * seq(3, 5, length.out = length(t))) }
  m1 <- f(d$cell); names(m1)[1] <- "cell"; m2 <- f(d$grp); names(m2)[1] <- "grp"
  for (w in 1:2) { k <- substr(m2$grp, 1, 1) == c("1", "4")[w]; k1 <- substr(m1$cell, 1, 1) == c("1", "4")[w]; m2$Freq[k] <- m2$Freq[k] / sum(m2$Freq[k]) * sum(m1$Freq[k1]) }
  r <- rake(s, list(~cell, ~grp), list(m1, m2), control = list(maxit = 500, epsilon = 1e-12))
  list(change = change(s), mean = list(est = unname(coef(svymean(~y, s))), se = as.vector(SE(svymean(~y, s)))), df = degf(s), raked_weights = unname(weights(r)), cell = setNames(as.list(m1$Freq), m1$cell), grp = setNames(as.list(m2$Freq), m2$grp),
       raked_change = change(r), raked_change_hoods_1_2 = change(subset(r, hood %in% 1:2)), raked_mean_hood_3 = list(est = unname(coef(svymean(~y, subset(r, hood == 3)))), se = as.vector(SE(svymean(~y, subset(r, hood == 3)))))) }
v <- list(all = fit(d, "adjust"), without_lonely = fit(d[d$hood != 8, ]))
write_json(list(topic = "own_01_change", r = R.version.string, packages = list(survey = as.character(packageVersion("survey"))), values = v), "data/own_01_change.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
