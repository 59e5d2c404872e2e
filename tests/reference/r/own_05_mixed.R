# lmer with an optimiser that goes on to the optimum; run from tests/reference: Rscript r/own_05_mixed.R
# 05_mixed_ordinal has lme4's defaults, which stop early: df 16.99973 where symmetry says 17.
suppressPackageStartupMessages({library(lmerTest); library(jsonlite)})
tight <- lmerControl(optimizer = "bobyqa", calc.derivs = FALSE, optCtrl = list(rhoend = 1e-11, maxfun = 1e5))
told <- function(m) {
  v <- as.data.frame(VarCorr(m)); s <- summary(m)$coefficients
  list(coef = as.list(s[, "Estimate"]), se = as.list(s[, "Std. Error"]), df = as.list(s[, "df"]),
       variance = v$vcov, group = paste(v$grp, v$var1, v$var2), loglik = as.numeric(logLik(m)))
}
sleep <- read.csv("data/sleepstudy.csv"); pigs <- read.csv("data/dietox.csv")
out <- list(
  slopes = told(lmer(Reaction ~ Days + (Days | Subject), sleep, control = tight)),
  nested = told(lmer(Weight ~ Time + Cu + (1 | Litter/Pig), pigs, control = tight)))
write_json(out, "data/own_05_mixed.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
